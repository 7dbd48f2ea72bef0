"""The fault rules as a page: the sink's plan, the same that the API, files and Python change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from flask import redirect, render_template, request

from mailsink.errors import ConfigError, MailsinkError
from mailsink.fault_text import Said, read_rule, said
from mailsink.faults import Fired, Rule
from mailsink.model import Reply
from mailsink.presets import PRESETS, preset
from mailsink.providers import PROVIDERS

from .. import present
from ..addresses import at
from ..context import sink
from . import fault_form
from .errors import refuse
from .fault_form import field_at_fault, fields_of, preset_settings, table_of
from .routes import Answer, Routes
from .shell import page

__all__ = ["routes"]

routes = Routes()

# Firings of a rule that its page shows.
LOG = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A rule in the list: how it is read back, how often it fired, and when last."""

    rule: Rule
    said: Said
    reply: Reply | None
    matches: int
    hits: int
    last: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form with its texts. *wrong* is what is wrong with them, *field* the name of the one at fault."""

    texts: Mapping[str, str]
    wrong: str = ""
    field: str = ""

    @property
    def uses_more(self) -> bool:
        """Whether one of the rarer fields is filled in, or at fault."""
        rare = (*fault_form.MORE_CONDITIONS, *fault_form.MORE_COUNTS)
        return any(each.name == self.field or self.texts.get(each.name) for each in rare)


@routes.get("/faults")
def faults() -> Answer:
    """The rules in the order in which they are asked, and the form for a new one.

    *edit* puts a rule into the form, *preset* shows a preset's settings; the form's own fields fill it.
    """
    edited = request.args.get("edit", "")
    rule = sink().faults.get(edited) if edited else None
    if edited and rule is None:
        return _missing(edited)
    return _page(rule, Form(texts=fields_of(rule) if rule is not None else request.args))


@routes.get("/faults/sentence")
def fault_sentence() -> Answer:
    """The rule of a form read back, or what is wrong with it, for the page's script. Changes nothing."""
    form = _read(request.args)
    if isinstance(form, Form):
        return render_template("fault_sentence.html", said=None, form=form)
    return render_template("fault_sentence.html", said=_clean(said(form)), form=Form(texts={}))


@routes.post("/faults")
def change_faults() -> Answer:
    """Add a rule, or do what the button says to all of them."""
    what = request.form.get("do", "add")
    plan = sink().faults
    if what == "clear":
        plan.clear()
    elif what == "restart":
        for rule in plan:
            plan.update(rule)
    elif what != "add":
        return refuse(400, f"There is no action {what[:40]!r}.")
    else:
        rule_or_form = _read(request.form)
        if isinstance(rule_or_form, Form):
            return _page(None, rule_or_form), 400
        plan.add(rule_or_form)
    return redirect(at("/faults"), 303)


@routes.post("/faults/<rule_id>")
def change_fault(rule_id: str) -> Answer:
    """Do what the button says to one rule."""
    plan = sink().faults
    rule = plan.get(rule_id)
    if rule is None:
        return _missing(rule_id)
    what = request.form.get("do", "")
    if what in ("on", "off"):
        plan.enable(rule_id, enabled=what == "on")
    elif what in ("earlier", "later"):
        _move(rule_id, 1 if what == "later" else -1)
    elif what == "remove":
        plan.remove(rule_id)
        # The form holds what was taken out: adding it is the way back.
        return redirect(at(f"/faults?{urlencode({'removed': rule_id, **fields_of(rule)})}"), 303)
    elif what == "save":
        return _save(rule)
    else:
        return refuse(400, f"There is no action {what[:40]!r}.")
    # The focus stays with the rule.
    return redirect(at(f"/faults#at-{rule_id}"), 303)


@routes.post("/faults/presets/<name>")
def add_preset(name: str) -> Answer:
    """Add the rules of a preset with the settings of the form."""
    if name not in PRESETS:
        return refuse(404, f"There is no preset {name[:40]!r}.", hint=f"There are {', '.join(PRESETS)}.")
    try:
        sink().faults.add(*preset(name, **preset_settings(name, request.form)))
    except ConfigError as error:
        wrong = present.text(str(error))
        form = Form(texts=request.form, wrong=wrong, field=field_at_fault(wrong, request.form))
        return _page(None, Form(texts={}), preset_name=name, preset_form=form), 400
    return redirect(at("/faults"), 303)


@routes.post("/faults/providers/<name>")
def use_provider(name: str) -> Answer:
    """Listen as a provider does, or add its refusals, switched off, for every listener."""
    if name not in PROVIDERS:
        return refuse(404, f"There is no provider {name[:40]!r}.", hint=f"There are {', '.join(PROVIDERS)}.")
    what = request.form.get("do", "")
    plan = sink().faults
    if what == "rules":
        plan.add(*PROVIDERS[name].rules_at("", {rule.id for rule in plan}))
    elif what == "listen":
        try:
            sink().listen_as(PROVIDERS[name], port=PROVIDERS[name].port, inbox=None)
        except MailsinkError as error:
            return _page(None, Form(texts={}), trouble=present.text(str(error))), 400
    else:
        return refuse(400, f"There is no action {what[:40]!r}.")
    return redirect(at("/faults"), 303)


def _move(rule_id: str, by: int) -> None:
    """Ask a rule earlier or later; the first and the last stay where they are."""
    order = [each.id for each in sink().faults]
    place = order.index(rule_id) + by
    if 0 <= place < len(order):
        sink().faults.move(rule_id, place)


def _save(rule: Rule) -> Answer:
    form = _read(request.form, rule)
    if isinstance(form, Form):
        return _page(rule, form), 400
    sink().faults.update(form)
    return redirect(at(f"/faults#at-{rule.id}"), 303)


def _read(texts: Mapping[str, str], edited: Rule | None = None) -> Rule | Form:
    """The rule that a form says, in the place of *edited* if it is given; or the form with what is wrong."""
    kept = {} if edited is None else {"id": edited.id, "enabled": edited.enabled}
    try:
        return read_rule({**table_of(texts), **kept})
    except ConfigError as error:
        sentence = str(error)
        field = field_at_fault(sentence, texts, rule_id=edited.id if edited is not None else "")
        return Form(texts=texts, wrong=present.text(sentence), field=field)


def _page(
    edited: Rule | None,
    form: Form,
    *,
    preset_name: str = "",
    preset_form: Form | None = None,
    trouble: str = "",
) -> str:
    plan = sink().faults
    name = preset_name or request.args.get("preset", "")
    rule = None if form.wrong else _read(form.texts) if _is_filled(form.texts) else None
    return page(
        "faults.html",
        section="faults",
        rows=[_row(rule) for rule in plan],
        edited=edited,
        log=_log(plan.tally(edited.id).log) if edited is not None else (),
        form=form,
        said=said(rule) if isinstance(rule, Rule) else None,
        groups=fault_form,
        removed=request.args.get("removed", "")[:64],
        preset=name if name in PRESETS else "",
        presets=PRESETS,
        preset_form=preset_form or Form(texts={}),
        preset_fields=fault_form.preset_fields(name) if name in PRESETS else (),
        preset_words=_description(name) if name in PRESETS else [],
        providers=PROVIDERS.values(),
        trouble=trouble,
    )


def _is_filled(texts: Mapping[str, str]) -> bool:
    return any(texts.get(field.name) for field in fault_form.FIELDS)


def _row(rule: Rule) -> Row:
    tally = sink().faults.tally(rule.id)
    last = tally.log[-1].at if tally.log else None
    return Row(
        rule=rule,
        said=_clean(said(rule)),
        reply=rule.fault.value if isinstance(rule.fault.value, Reply) else None,
        matches=tally.matches,
        hits=tally.hits,
        last=None if last is None else dt.datetime.fromtimestamp(last, dt.UTC),
    )


def _clean(of: Said) -> Said:
    """Patterns made in Python may hold octets that are not UTF-8, as surrogates."""
    return Said(
        at=of.at,
        when=tuple(map(present.text, of.when)),
        what=present.text(of.what),
        how_often=of.how_often,
    )


def _log(log: tuple[Fired, ...]) -> list[tuple[dt.datetime, Fired, str]]:
    """The newest firings: when, what, and the session that it happened in, if it is still kept."""
    return [
        (dt.datetime.fromtimestamp(fired.at, dt.UTC), fired, present.text(fired.moment.rcpt))
        for fired in log[: -LOG - 1 : -1]
    ]


def _description(name: str) -> list[tuple[str, bool]]:
    """What a preset does, in its own words: pieces, and whether each is a setting's name."""
    words = " ".join((PRESETS[name].__doc__ or "").split("\n\n")[0].split())
    return [(piece, at % 2 == 1) for at, piece in enumerate(words.split("*")) if piece]


def _missing(rule_id: str) -> tuple[str, int]:
    return refuse(404, f"There is no fault rule {quote(rule_id[:40])}.", hint="It may have been taken out.")

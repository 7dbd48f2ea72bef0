"""What goes wrong in a test: faults by short words, for one server's port.

Turns them into the rules of `mailsink.faults`; carries nothing out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from ..errors import ConfigError
from ..fault_checks import shown

if TYPE_CHECKING:
    from ..fault_words import ReplyStage, Stage
    from ..faults import Plan, Rule
    from ..scoped_faults import FaultHandle

__all__ = ["OK", "Breaks", "Trouble"]

OK: Final = "OK"
"""In a script: this try goes well."""

TEMPORARY = "451 4.3.0 Try again later"
CertificateTrouble = Literal["expired", "wrong_host", "self_signed", "unknown_ca"]
# What testers call a certificate's trouble and the plan calls otherwise.
_TROUBLES = {"self_signed": "unknown_ca"}
# A reply to the content is one to its final dot.
_REPLY_STAGE = {"body": "dot"}


class Trouble:
    """A fault that was planned: how often it happened, and the means to end it. Works as a ``with`` block."""

    def __init__(self, handles: Sequence[FaultHandle], what: str) -> None:
        self._handles = tuple(handles)
        self.what = what

    @property
    def hits(self) -> int:
        """How often it happened."""
        return sum(handle.hits for handle in self._handles)

    def remove(self) -> None:
        """End it; a second call does nothing."""
        for handle in self._handles:
            handle.remove()

    def __enter__(self) -> Trouble:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def __repr__(self) -> str:
        return f"<Trouble {self.what}: {self.hits} {'hit' if self.hits == 1 else 'hits'}>"


class Breaks:
    """The words that break things, as methods. *bounds* say where a rule holds: ``listener=``, ``inbox=``."""

    def __init__(self, plan: Plan, **bounds: str) -> None:
        self._plan = plan
        self._bounds = bounds
        self.planned: list[Trouble] = []

    def fail(
        self,
        stage: ReplyStage,
        reply: str = TEMPORARY,
        *,
        times: int | None = None,
        nth: int | None = None,
        rcpt: str | None = None,
        sender: str | None = None,
    ) -> Trouble:
        """Answer *stage* with *reply*, a code, an enhanced code and words.

        Stages are ``connect ehlo starttls auth mail rcpt data body quit``. *times* ends it after so many,
        *nth* is the how-manyth alone, from 1; *rcpt* and *sender* are patterns such as ``"*@example.org"``.
        """
        table = {"stage": _REPLY_STAGE.get(stage, stage), "reply": reply}
        return self._break(f"fail({stage!r}, {reply!r})", table, times, nth, rcpt, sender)

    def drop(
        self,
        stage: Stage,
        *,
        times: int | None = None,
        nth: int | None = None,
        rcpt: str | None = None,
        sender: str | None = None,
    ) -> Trouble:
        """Reset the connection at *stage*; ``"body"`` is in the middle of the content."""
        table = {"stage": stage, "reset": True, **({"after": 1} if stage == "body" else {})}
        return self._break(f"drop({stage!r})", table, times, nth, rcpt, sender)

    def delay(
        self,
        stage: Stage,
        seconds: float,
        *,
        times: int | None = None,
        nth: int | None = None,
        rcpt: str | None = None,
        sender: str | None = None,
    ) -> Trouble:
        """Go on *seconds* later at *stage*."""
        table = {"stage": stage, "delay": seconds}
        return self._break(f"delay({stage!r}, {shown(seconds)})", table, times, nth, rcpt, sender)

    def slow(self, bytes_per_second: float) -> Trouble:
        """Take content at so many bytes a second."""
        table = {"stage": "body", "throttle": bytes_per_second}
        return self._break(f"slow({shown(bytes_per_second)})", table)

    def greylist(self, seconds: float = 0.0) -> Trouble:
        """Answer 451 to a client's first try for each sender and recipient, and to all within *seconds*."""
        return self._preset(f"greylist({shown(seconds)})", "greylisting", seconds=seconds)

    def full_mailbox(self, rcpt: str = "", *, permanent: bool = False) -> Trouble:
        """Answer 452 to this recipient, or to each; 552 when it is *permanent*."""
        return self._preset(f"full_mailbox({rcpt!r})", "mailbox_full", rcpt=rcpt, permanent=permanent)

    def rate_limit(self, count: int, *, seconds: float = 60.0) -> Trouble:
        """Answer 450 to more than *count* mails within *seconds*."""
        return self._preset(f"rate_limit({shown(count)})", "rate_limit", count=count, seconds=seconds)

    def script(self, stage: ReplyStage, replies: Sequence[str]) -> Trouble:
        """Answer the tries at *stage* with *replies*, one after the other; `OK` lets a try pass.

        What comes after the last one goes well.
        """
        from ..fault_text import read_rule

        if isinstance(replies, str) or not replies:
            raise ConfigError(
                f"script({stage!r}, {replies!r}): give a list of replies, such as ['451 4.3.0 Later', OK]"
            )
        rules, passed = [], 0
        for reply in replies:
            if reply == OK:
                passed += 1
            else:
                # A rule is not asked at a try that one before it answers, so that it counts what passed.
                table = {"stage": _REPLY_STAGE.get(stage, stage), "reply": reply, "skip": passed, "times": 1}
                rules.append(read_rule({**table, "note": f"script({stage!r}, ...)"}))
        return self._plan_for(f"script({stage!r}, {list(replies)!r})", rules)

    def bad_certificate(self, kind: CertificateTrouble = "self_signed") -> Trouble:
        """Show a certificate that a careful client refuses: ``expired``, ``wrong_host`` or ``self_signed``.

        A server without TLS offers STARTTLS from now on.
        """
        if kind not in get_args(CertificateTrouble):
            known = ", ".join(get_args(CertificateTrouble))
            raise ConfigError(f"bad_certificate({kind!r}): not known; known are {known}")
        from ..faults import Fault, Rule

        self._offer_tls()
        rule = Rule(fault=Fault("tls", _TROUBLES.get(kind, kind)), stage="handshake")
        return self._plan_for(f"bad_certificate({kind!r})", [rule])

    def _begin(self, call: str) -> None:
        """See that *call* makes sense now."""

    def _offer_tls(self) -> None:
        """See that clients can begin TLS."""

    def _preset(self, what: str, name: str, **settings: Any) -> Trouble:
        from ..presets import preset

        try:
            rules = preset(name, **settings)
        except ConfigError as error:
            # Who calls this knows no preset.
            raise ConfigError(f"{what}: {str(error).partition(': ')[2]}") from None
        return self._plan_for(what, rules)

    def _break(
        self,
        what: str,
        table: dict[str, Any],
        times: int | None = None,
        nth: int | None = None,
        rcpt: str | None = None,
        sender: str | None = None,
    ) -> Trouble:
        from ..fault_text import read_rule

        if times is not None and nth is not None:
            raise ConfigError(f"{what}: times={times} and nth={nth} exclude each other; give one of them")
        for name, number in (("times", times), ("nth", nth)):
            if number is not None and not (isinstance(number, int) and number >= 1):
                raise ConfigError(f"{what}: {name}={number!r} is wrong; it is a whole number from 1 on")
        given = {"rcpt": rcpt, "sender": sender, "times": times if nth is None else 1}
        if nth is not None:
            given["skip"] = nth - 1
        table |= {name: value for name, value in given.items() if value is not None}
        return self._plan_for(what, [read_rule({**table, "note": what})])

    def _plan_for(self, what: str, rules: Sequence[Rule]) -> Trouble:
        from ..scoped_faults import FaultHandle

        self._begin(what)
        bounds: dict[str, Any] = dict(self._bounds)
        added = self._plan.add(*(replace(rule, note=what, **bounds) for rule in rules))
        trouble = Trouble([FaultHandle(self._plan, rule) for rule in added], what)
        self.planned.append(trouble)
        return trouble

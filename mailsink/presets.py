"""Fault rules that real servers make common, by name, with their words and numbers.

Each preset is a function of settings that returns rules; the source of its words stands beside it.
Providers' profiles are in `mailsink.providers`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_args

from .errors import ConfigError
from .fault_checks import MOST, is_number, shown
from .fault_words import Per, Stage
from .faults import Fault, Rule
from .model import Reply

__all__ = ["PRESETS", "PresetName", "preset"]

Rules = tuple[Rule, ...]
PresetName = Literal[
    "greylisting",
    "rate_limit",
    "mailbox_full",
    "unknown_user",
    "spam",
    "tarpit",
    "maintenance",
    "flaky_network",
    "duplicate_trap",
]


def greylisting(*, seconds: float = 300.0, inbox: str = "") -> Rules:
    """Each triplet gets 451 for so many *seconds* after its first try; with 0, at its first try alone.

    RFC 6647 §2.3: the triplet is client address, reverse-path and forward-path. Postgrey waits 300 s.
    """
    reply = Reply(451, "Greylisted, please try again later", "4.7.1")
    return (
        Rule(
            fault=Fault("reply", reply),
            stage="rcpt",
            per="triplet",
            within=seconds,
            times=0 if seconds else 1,
            inbox=inbox,
            note="greylisting",
        ),
    )


def rate_limit(
    *, count: int = 10, seconds: float = 60.0, code: int = 450, per: Per = "peer", inbox: str = ""
) -> Rules:
    """Transactions beyond *count* within so many *seconds* are refused with *code*: 421, 450 or 454.

    The words: Gmail's 421 4.7.0 and 450 4.2.1 (support.google.com/a/answer/3726730), Amazon SES's 454
    (docs.aws.amazon.com/ses, “SMTP response codes”). The window slides; refused ones do not count.
    """
    replies = {
        421: Reply(421, "Try again later, closing connection", "4.7.0"),
        450: Reply(
            450, "The user is receiving mail too quickly; resend your message at a later time", "4.2.1"
        ),
        454: Reply(454, "Throttling failure: Maximum sending rate exceeded", ""),
    }
    if code not in replies:
        raise ConfigError(f"preset rate_limit: code {shown(code)} is not known; known are 421, 450, 454")
    rule = Rule(
        fault=Fault("reply", replies[code]),
        stage="mail",
        over=(count, seconds),
        per=per,
        inbox=inbox,
        note="rate limit",
    )
    return (rule,)


def mailbox_full(*, rcpt: str = "", permanent: bool = False, inbox: str = "") -> Rules:
    """452 4.2.2, or 552 5.2.2 when it is *permanent* (RFC 3463 §3.3)."""
    code, enhanced = (552, "5.2.2") if permanent else (452, "4.2.2")
    reply = Reply(code, "The mailbox you tried to reach is over quota", enhanced)
    return (Rule(fault=Fault("reply", reply), stage="rcpt", rcpt=rcpt, inbox=inbox, note="mailbox full"),)


def unknown_user(*, rcpt: str = "", inbox: str = "") -> Rules:
    """550 5.1.1 (RFC 3463 §3.2)."""
    reply = Reply(550, "No such user here", "5.1.1")
    return (Rule(fault=Fault("reply", reply), stage="rcpt", rcpt=rcpt, inbox=inbox, note="unknown user"),)


def spam(*, subject: str = "", inbox: str = "") -> Rules:
    """554 5.7.1 after the content, as content filters answer (RFC 3463 §3.8)."""
    reply = Reply(554, "Message refused: it looks like spam", "5.7.1")
    return (Rule(fault=Fault("reply", reply), stage="dot", subject=subject, inbox=inbox, note="spam"),)


def tarpit(*, seconds: float = 5.0, inbox: str = "") -> Rules:
    """Every reply comes so many *seconds* late. Exchange's TarpitInterval is 5 s."""
    return (Rule(fault=Fault("delay", seconds), stage="any", inbox=inbox, note="tarpit"),)


def maintenance(*, inbox: str = "") -> Rules:
    """421 at connect (RFC 5321 §3.8)."""
    reply = Reply(421, "Service not available, closing transmission channel", "4.3.2")
    return (Rule(fault=Fault("reply", reply), stage="connect", inbox=inbox, note="maintenance"),)


def flaky_network(*, probability: float = 0.1, seed: int = 1, inbox: str = "") -> Rules:
    """Connections break at connect, within the content and after the store, and answers come late, by chance.

    Breaking after the store is the trap: the message is kept, and a client that tries again sends it twice.
    """

    def rule(stage: Stage, fault: Fault, **more: Any) -> Rule:
        return Rule(
            fault=fault,
            stage=stage,
            probability=probability,
            seed=seed,
            inbox=inbox,
            note="flaky network",
            **more,
        )

    return (
        rule("connect", Fault("reset")),
        rule("mail", Fault("delay", 0.5)),
        rule("body", Fault("reset"), after=1),
        rule("stored", Fault("close")),
    )


def duplicate_trap(*, times: int = 1, inbox: str = "") -> Rules:
    """The message is stored and the connection closed before the reply: trying again makes it two."""
    return (Rule(fault=Fault("close"), stage="stored", times=times, inbox=inbox, note="duplicate trap"),)


PRESETS: dict[str, Callable[..., Rules]] = {name: globals()[name] for name in get_args(PresetName)}


def preset(name: str, **settings: Any) -> Rules:
    """The rules of the preset *name*. Raises ConfigError for an unknown name, setting or value."""
    function = PRESETS.get(name)
    if function is None:
        raise ConfigError(f"preset {shown(name)} is not known; known are {', '.join(PRESETS)}")
    defaults = function.__kwdefaults__ or {}
    for key, value in settings.items():
        if key not in defaults:
            raise ConfigError(f"preset {name}: {shown(key)} is not known; known are {', '.join(defaults)}")
        if not _fits(value, defaults[key]):
            wanted = _WANTED[type(defaults[key])]
            raise ConfigError(f"preset {name}: {key} {shown(value)} is wrong; it is {wanted}")
    try:
        return function(**settings)
    except ConfigError as error:
        # Of a rule within: who asked for the preset does not know its rules' names.
        raise ConfigError(f"preset {name}: {str(error).partition(': ')[2]}") from None


_WANTED = {
    bool: "true or false",
    int: "a whole number from 0 on",
    float: "a number from 0 on",
    str: "a text",
}


def _fits(value: object, default: object) -> bool:
    if isinstance(default, (bool, str)):
        return isinstance(value, type(default))
    if isinstance(default, int) and not isinstance(value, int):
        return False
    return is_number(value, 0, MOST)

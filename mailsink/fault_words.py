"""The vocabulary of faults: stages, actions, which pairs of them exist, and what is known at which stage.

Holds data alone; the documentation's table is made of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, get_args

__all__ = [
    "ACTIONS",
    "ANY",
    "KNOWN",
    "PAIRS",
    "PER",
    "STAGES",
    "TLS_TROUBLES",
    "Action",
    "Per",
    "ReplyStage",
    "Stage",
    "TlsTrouble",
    "stages_of",
]

# What editors complete and type checkers check. ReplyStage: where a tester may have something answered, with
# the content's last line under the name of the content, too.
ReplyStage = Literal[
    "any",
    "connect",
    "banner",
    "ehlo",
    "starttls",
    "auth",
    "mail",
    "rcpt",
    "data",
    "body",
    "dot",
    "stored",
    "rset",
    "noop",
    "quit",
]
Stage = Literal[ReplyStage, "handshake"]
Action = Literal[
    "reply",
    "delay",
    "stall",
    "throttle",
    "close",
    "reset",
    "half_close",
    "lose",
    "malformed",
    "split",
    "dribble",
    "tls",
    "hide",
    "add",
]
TlsTrouble = Literal["expired", "wrong_host", "unknown_ca", "old_version", "garbage"]
# What a rule may count by: each value of it has its own count.
Per = Literal["triplet", "peer", "sender", "rcpt", "user", "helo", "connection"]

# In the order of a session. Between them nothing is said that could go wrong.
STAGES: Mapping[str, str] = MappingProxyType(
    {
        "connect": "a connection came; nothing is said yet",
        "banner": "the greeting is about to be sent",
        "handshake": "the client begins TLS, by STARTTLS or at once",
        "ehlo": "HELO, EHLO or LHLO came",
        "starttls": "STARTTLS came",
        "auth": "AUTH came",
        "mail": "MAIL came",
        "rcpt": "RCPT came",
        "data": "DATA or BDAT came, before the content",
        "body": "content is coming; with `after`, when so many octets came",
        "dot": "the content is complete and not yet stored",
        "stored": "the message is stored and not yet answered",
        "rset": "RSET came",
        "noop": "NOOP came",
        "quit": "QUIT came",
    }
)
_COMMANDS = frozenset({"ehlo", "starttls", "auth", "mail", "rcpt", "data", "rset", "noop", "quit"})
_REPLYING = _COMMANDS | {"banner", "dot", "stored"}
# Not where the session ends, and not where TLS is to begin: it needs both halves.
_HALF_CLOSING = _REPLYING - {"quit", "starttls"}
_EVERYWHERE = frozenset(STAGES)
# The stages of the rule stage "any": once for each reply. The reply after "stored" is that of "dot".
ANY = _REPLYING - {"stored"}

# action -> (what it does, the stages where it makes sense)
ACTIONS: Mapping[str, tuple[str, frozenset[str]]] = MappingProxyType(
    {
        # A refusal is said instead of running the command; anything else once it has run.
        "reply": ("answers so", _REPLYING | {"connect"}),
        "delay": ("waits so many seconds, then goes on", _EVERYWHERE),
        "stall": ("says nothing more, until the client gives up", _EVERYWHERE),
        "throttle": ("takes content at so many octets a second", frozenset({"body"})),
        "close": ("closes the connection in order (FIN)", _EVERYWHERE),
        "reset": ("resets the connection (RST)", _EVERYWHERE),
        "half_close": ("answers, and closes its own half of the connection", _HALF_CLOSING),
        "lose": ("answers 250 and keeps nothing", frozenset({"dot"})),
        "malformed": ("answers with a line that is no reply", _REPLYING),
        "split": ("sends the reply in two segments, so many seconds apart", _REPLYING),
        "dribble": ("sends the reply octet by octet, so many seconds apart", _REPLYING),
        "tls": ("breaks TLS in the way that its value says", frozenset({"handshake"})),
        "hide": ("does not offer this extension", frozenset({"ehlo"})),
        "add": ("offers this line, which is not there", frozenset({"ehlo"})),
    }
)  # fmt: skip
# Which action can be had at which stage.
PAIRS: frozenset[tuple[str, str]] = frozenset(
    (stage, action) for action, (_, stages) in ACTIONS.items() for stage in stages
)
TLS_TROUBLES: tuple[str, ...] = get_args(TlsTrouble)
PER: tuple[str, ...] = get_args(Per)

_TRANSACTION = frozenset({"mail", "rcpt", "data", "body", "dot", "stored"})
_RECIPIENTS = _TRANSACTION - {"mail"}
_CONTENT = frozenset({"dot", "stored"})
# The stages at which a condition can be told; elsewhere it does not hold. Others are known at each stage.
KNOWN: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "helo": _EVERYWHERE - {"connect", "banner"},
        "user": _EVERYWHERE - {"connect", "banner", "handshake", "starttls", "auth"},
        "sender": _TRANSACTION,
        "rcpt": _RECIPIENTS,
        "triplet": _RECIPIENTS,
        "subject": _CONTENT,
        "header": _CONTENT,
        "transaction": _TRANSACTION,
        "recipient": frozenset({"rcpt"}),
        "after": frozenset({"body"}),
    }
)


def stages_of(stage: str, action: str) -> frozenset[str]:
    """Where a rule with *stage* and *action* may fire.

    ``"any"`` is each stage at which a reply is due, once for each reply; for an action that belongs to
    none of these, it is each of its own.
    """
    own = ACTIONS[action][1]
    if stage == "any":
        return own & ANY or own
    return own & {stage}

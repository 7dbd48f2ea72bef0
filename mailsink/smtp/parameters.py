"""The ESMTP parameters of MAIL and RCPT: which extension defines each, and what its value may be.

Does no I/O; knows nothing of what a listener offers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..model import Parameter, Reply

__all__ = ["MAIL", "RCPT", "Definition", "check"]

# RFC 3461 §4: printable ASCII without + and =, or + and two upper-case hexadecimal digits.
_XTEXT = r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})*"


@dataclass(frozen=True, slots=True)
class Definition:
    """A parameter: the *extension* that defines it, the pattern of its value (``None``: it has none).

    *longest* is how many characters the value may have; 0 is no limit.
    """

    extension: str
    pattern: str | None
    longest: int = 0


MAIL: dict[str, Definition] = {
    "SIZE": Definition("SIZE", r"\d{1,20}"),  # RFC 1870 §3
    "BODY": Definition("8BITMIME", r"(?i:7BIT|8BITMIME|BINARYMIME)"),  # RFC 6152 §2, RFC 3030 §3
    "SMTPUTF8": Definition("SMTPUTF8", None),  # RFC 6531 §3.4
    "RET": Definition("DSN", r"(?i:FULL|HDRS)"),  # RFC 3461 §4.3
    "ENVID": Definition("DSN", _XTEXT, longest=100),  # RFC 3461 §4.4
    "AUTH": Definition("AUTH", rf"<>|{_XTEXT}"),  # RFC 4954 §5
    "REQUIRETLS": Definition("REQUIRETLS", None),  # RFC 8689 §2
    "MT-PRIORITY": Definition("MT-PRIORITY", r"-?[1-9]|0"),  # RFC 6710 §4.1
}
RCPT: dict[str, Definition] = {
    # RFC 3461 §4.1: NEVER stands alone.
    "NOTIFY": Definition("DSN", r"(?i:NEVER|(?:SUCCESS|FAILURE|DELAY)(?:,(?:SUCCESS|FAILURE|DELAY))*)"),
    # RFC 3461 §4.2, RFC 6533 §3
    "ORCPT": Definition("DSN", r"[A-Za-z0-9][A-Za-z0-9-]*;.+", longest=500),
}


def check(parameter: Parameter, known: dict[str, Definition], offered: frozenset[str]) -> Reply | None:
    """Why *parameter* is refused, or ``None``. *offered* are the extensions that hold in this session."""
    keyword, value = parameter.keyword, parameter.value
    definition = known.get(keyword)
    if definition is None or definition.extension not in offered:
        # RFC 5321 §4.1.1.11: 555 for a parameter that is not recognized or not implemented.
        return Reply(555, f"Parameter {keyword} is not offered here", "5.5.4")
    if definition.pattern is None:
        return None if value is None else Reply(501, f"Parameter {keyword} takes no value", "5.5.4")
    if value is None or not re.fullmatch(definition.pattern, value):
        return Reply(501, f"Parameter {keyword} has a wrong value", "5.5.4")
    if definition.longest and len(value) > definition.longest:
        return Reply(501, f"Parameter {keyword} may have {definition.longest} characters", "5.5.4")
    if keyword == "BODY" and value.upper() == "BINARYMIME" and "BINARYMIME" not in offered:
        return Reply(555, "BODY=BINARYMIME is not offered here", "5.5.4")
    return None

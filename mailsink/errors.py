"""The exceptions that mailsink raises at its callers.

::

    MailsinkError
    ├── ConfigError        a setting is wrong; the text names it and what is allowed
    ├── StartError         the sink could not start: a port in use, a store that cannot be opened
    ├── StoreError         the store could not keep, change or read a message
    ├── QueryError         a search text cannot be read; knows where
    ├── RequestError       a running server cannot be asked, or refused
    ├── ExpectationError   what was waited for did not come (also an AssertionError)
    └── GuardError         a guarded test's mail was on its way past the sink (also a ConnectionRefusedError)

What an SMTP client does wrong is a Reply to it, never an exception.
"""

__all__ = [
    "ConfigError",
    "ExpectationError",
    "GuardError",
    "MailsinkError",
    "QueryError",
    "RequestError",
    "StartError",
    "StoreError",
]


class MailsinkError(Exception):
    """The root of every exception that mailsink raises on purpose."""


class ConfigError(MailsinkError):
    """A setting has a value that cannot work."""


class StartError(MailsinkError):
    """The sink could not start with settings that are right in themselves."""


class StoreError(MailsinkError):
    """The store could not keep, change or read what it was asked to.

    *full* says that there was no room; it can work later without a change of the program.
    """

    def __init__(self, message: str, *, full: bool = False) -> None:
        super().__init__(message)
        self.full = full


class QueryError(MailsinkError):
    """A search text cannot be read.

    *start* and *end* are character offsets into *text*: the wrong place is ``text[start:end]``.
    *hint* is the nearest right spelling, or ``""``.
    """

    def __init__(self, message: str, *, text: str, start: int, end: int, hint: str = "") -> None:
        super().__init__(message)
        self.text = text
        self.start = start
        self.end = end
        self.hint = hint


class RequestError(MailsinkError):
    """A running server cannot be asked, or refused what it was asked for.

    *status* is the answer's HTTP status, 0 where none came; *field* names the parameter at fault, ``""`` as a
    rule.
    """

    def __init__(self, message: str, *, status: int = 0, field: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.field = field


class ExpectationError(MailsinkError, AssertionError):
    """The messages that a test waited for did not come, or others came.

    The text lists what came, nearest miss first, and why each did not match.
    """


class GuardError(MailsinkError, ConnectionRefusedError):
    """A test that is guarded talked SMTP to something else than the sink; nothing was sent."""

"""What schemathesis loads with the document: no request waits, ids lead to what is there, nothing leaves.

A run would take as long as requests may wait, and would hardly ever find a message.
"""

from __future__ import annotations

import schemathesis

LONGEST = 0.05
# Nobody listens there.
NOWHERE = "http://127.0.0.1:9/"


@schemathesis.hook
def before_call(context, case, kwargs):
    for path, given in (("/wait", case.query), ("/assert", case.body)):
        if case.path.endswith(path) and isinstance(given, dict):
            given["timeout"] = brief(given.get("timeout"))
    # Where the server is asked to send something to: a guess may be anybody's.
    if isinstance(case.body, dict) and "url" in case.body:
        case.body["url"] = NOWHERE
    if (case.method, case.path) == ("DELETE", "/api/messages") and isinstance(case.query, dict):
        case.query.setdefault("inbox", "nobodys")
    # Half of the ids, by what they are.
    if "/messages/{id}" in case.path and len(str(case.path_parameters.get("id"))) % 2:
        case.path_parameters["id"] = "latest"


def brief(given):
    """*given*, unless it is a time that somebody would have to wait for."""
    if given is None:
        return LONGEST
    try:
        return min(float(given), LONGEST) if float(given) > LONGEST else given
    except (TypeError, ValueError):
        return given


@schemathesis.serializer("message/rfc822")
def as_it_is(context, value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")

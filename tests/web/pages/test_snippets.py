from __future__ import annotations

import pytest

from mailsink.policy import Credentials, Policy
from mailsink_web.pages.snippet import Door
from mailsink_web.pages.snippets import DEFAULT, SNIPPETS

SERVERS = [snippet for snippet in SNIPPETS if snippet.id != "pytest"]
OPEN = Door(host="192.0.2.7", port=2525)
LOGIN = Door(host="192.0.2.7", port=2525, tls="starttls", user="checkout", password="secret")


@pytest.mark.parametrize("snippet", SERVERS, ids=lambda snippet: snippet.id)
@pytest.mark.parametrize("door", [OPEN, LOGIN], ids=["open", "login"])
def test_a_snippet_names_host_port_and_login(snippet, door):
    code = snippet.filled(door)

    assert "192.0.2.7" in code
    assert "2525" in code
    assert ("checkout" in code, "secret" in code) == (bool(door.user), bool(door.user))


def test_ids_are_unique_and_the_default_is_one():
    ids = [snippet.id for snippet in SNIPPETS]

    assert len(ids) == len(set(ids))
    assert DEFAULT in ids


@pytest.mark.parametrize("tls", ["none", "starttls", "implicit"])
def test_the_python_snippet_sends(sink, tls):
    users = Credentials(users={"ada": "secret"})
    listener = sink.listen(tls=tls, inbox="default", policy=Policy(credentials=users, require_auth=True))
    snippet = next(s for s in SNIPPETS if s.id == "smtplib")
    door = Door(host=listener.host, port=listener.port, tls=tls, user="ada", password="secret")

    exec(compile(snippet.filled(door), "send.py", "exec"), {})

    message = sink.inbox.expect(subject="Welcome")
    assert message.envelope.forward_paths == ("ada@example.org",)
    assert (message.tls is not None) == (tls != "none")


def test_the_pytest_snippet_uses_the_fixture():
    snippet = next(s for s in SNIPPETS if s.id == "pytest")

    assert "def test_a_new_user_is_welcomed(mailsink):" in snippet.filled(OPEN)

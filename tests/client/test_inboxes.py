from __future__ import annotations

import datetime as dt
import smtplib

import pytest
from sending import mail, send

from mailsink import RequestError


@pytest.fixture
def sink(sink):
    sink.listen(inbox=None)
    return sink


def test_an_inbox_is_made_and_removed_at_the_end_of_its_block(client, sink):
    with client.inboxes.create(listen=True, expires_in=60) as inbox:
        send((inbox.host, inbox.port))
        with smtplib.SMTP(inbox.host, inbox.port) as smtp:
            smtp.login(inbox.user, inbox.password)
            smtp.sendmail("shop@example.com", ["ada@example.org"], mail("By login"))

        assert inbox.expect(subject="By login").auth.user == inbox.user
        assert inbox.expires_at > dt.datetime.now(dt.UTC)
        assert inbox.tls == "none"
        assert list(sink.inboxes.leases) == [inbox.name]
    assert sink.inboxes.leases == {}
    assert client.counts().total == 0
    assert inbox.remove() == 0


def test_an_address_leads_to_it(client, sink):
    inbox = client.inboxes.create(login=False)
    send((sink.listeners[-1].host, sink.listeners[-1].port), rcpt=inbox.address("ada"))

    assert (inbox.user, inbox.password, inbox.host, inbox.expires_at) == (None, None, None, None)
    assert inbox.expect(rcpt=f"ada+{inbox.tag}@mailsink.test")
    assert client.inboxes.delete(inbox.name) == 1
    assert client.inboxes.delete(inbox.name) == 0


def test_its_listener_is_as_wanted(client, sink):
    with client.inboxes.create(
        "checkout", listen=True, auth=("shop", "s3cret"), max_size=1000, hide=["smtputf8"]
    ) as inbox:
        policy = sink.listeners[-1].policy

        assert inbox.name == "checkout"
        assert (policy.require_auth, policy.max_size, "SMTPUTF8" in policy.extensions) == (True, 1000, False)
        assert policy.credentials.check("shop", "s3cret")


def test_what_cannot_be_is_said(client, sink):
    with pytest.raises(ValueError, match=r"tls: is of a port of its own; say listen=True"):
        client.inboxes.create(tls="implicit")
    client.inboxes.create("taken")
    with pytest.raises(RequestError, match="The inbox taken is there already") as error:
        client.inboxes.create("taken")
    assert error.value.status == 409


def test_inboxes_are_known_by_name(client, sink, put):
    put()

    assert list(client.inboxes) == ["default"]
    assert ("default" in client.inboxes, "other" in client.inboxes, len(client.inboxes)) == (True, False, 1)
    assert client.inboxes["other"].counts().total == 0

from __future__ import annotations

import smtplib
import socket
import threading

import pytest
from sending import in_data, mail, send

from mailsink import ConfigError, Credentials, Policy, Sink, StartError, inboxes


@pytest.fixture
def sink():
    """A sink at whose listener the login or the tag chooses the inbox, as the command's do."""
    with Sink(smtp=()) as sink:
        sink.listen(inbox=None)
        yield sink


def at(where) -> tuple[str, int]:
    return where.host, where.port


def send_as(where, user, password, content=None):
    with smtplib.SMTP(*at(where), timeout=10) as client:
        client.login(user, password)
        client.sendmail("shop@example.com", ["ada@example.org"], content or mail())


def test_a_made_inbox_gets_the_mail_of_its_login(sink):
    lease = sink.inboxes.create()

    send_as(sink, lease.name, lease.password)

    assert [m.auth.user for m in sink.inboxes[lease.name]] == [lease.name]
    assert len(sink.inbox) == 0


def test_a_made_inbox_gets_the_mail_with_its_tag(sink):
    lease = sink.inboxes.create("checkout-7", login=False)

    send(at(sink), rcpt="ada+checkout-7@example.org")

    assert len(sink.inboxes["checkout-7"]) == 1
    assert lease.password == ""


def test_a_made_inbox_gets_the_mail_of_its_listener_whatever_the_tag(sink):
    lease = sink.inboxes.create(listen=True)

    send(at(lease.listener), rcpt="ada+other@example.org")
    send_as(lease.listener, lease.name, lease.password)

    assert len(sink.inboxes[lease.name]) == 2
    assert "other" not in sink.inboxes


def test_two_inboxes_at_once_never_see_each_others_mail(sink):
    leases = [sink.inboxes.create(listen=True) for _ in range(4)]

    def send_ten(lease):
        for _ in range(5):
            send(at(lease.listener), mail(lease.name))
            send_as(sink, lease.name, lease.password, mail(lease.name))

    threads = [threading.Thread(target=send_ten, args=(lease,)) for lease in leases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for lease in leases:
        assert [m.summary.subject for m in sink.inboxes[lease.name]] == [lease.name] * 10


def test_a_wrong_password_does_not_log_in(sink):
    lease = sink.inboxes.create()

    with pytest.raises(smtplib.SMTPAuthenticationError):
        send_as(sink, lease.name, "wrong")


def test_the_logins_of_the_policy_stay(sink):
    listener = sink.listen(inbox=None, policy=Policy(credentials=Credentials(users={"ada": "s3cret"})))
    lease = sink.inboxes.create()

    send_as(listener, "ada", "s3cret")
    send_as(listener, lease.name, lease.password)

    assert sorted(sink.inboxes) == sorted(["ada", lease.name])


def test_a_deleted_inbox_is_gone_with_its_mail_login_rules_and_port(sink):
    lease = sink.inboxes.create(listen=True)
    sink.inboxes[lease.name].faults.add(stage="rcpt", reply="450 4.2.0 Later")
    sink.inboxes[lease.name].faults.add(stage="mail", delay=0.001)
    sink.inboxes[lease.name].faults.clear()
    send(at(lease.listener))
    sink.inboxes[lease.name].faults.add(stage="rcpt", reply="450 4.2.0 Later")

    assert sink.inboxes.delete(lease.name) == 1

    assert (sink.inboxes.leases, len(sink.faults), list(sink.inboxes)) == ({}, 0, [])
    with pytest.raises(ConnectionRefusedError):
        send(at(lease.listener))
    with pytest.raises((smtplib.SMTPNotSupportedError, smtplib.SMTPAuthenticationError)):
        send_as(sink, lease.name, lease.password)


def test_a_port_of_a_deleted_inbox_is_not_given_out_again(sink):
    lease = sink.inboxes.create(listen=True)
    sink.inboxes.delete(lease.name)

    with socket.socket() as other, pytest.raises(OSError, match="already in use"):
        other.bind(at(lease.listener))


def test_so_many_ports_are_kept_back_and_no_more(sink, monkeypatch):
    monkeypatch.setattr(inboxes, "HELD", 2)
    leases = [sink.inboxes.create(listen=True) for _ in range(3)]

    for lease in leases:
        sink.inboxes.delete(lease.name)

    with socket.socket() as other:
        other.bind(at(leases[0].listener))


def test_late_mail_with_the_tag_is_put_under_the_old_name(sink):
    lease, other = sink.inboxes.create(), sink.inboxes.create()
    sink.inboxes.delete(lease.name)

    send(at(sink), rcpt=f"ada+{lease.name}@example.org")

    assert list(sink.inboxes) == [lease.name]
    assert len(sink.inboxes[other.name]) == 0


def test_mail_in_the_middle_of_which_the_inbox_is_deleted_is_not_kept(sink):
    lease = sink.inboxes.create(listen=True)

    with in_data(at(lease.listener)) as client:
        sink.inboxes.delete(lease.name)
        reply = client.ask(b"\r\n.")

    assert reply.startswith(b"421 ")
    assert list(sink.inboxes) == []


def test_an_inbox_that_was_not_made_loses_its_messages_and_keeps_its_listener(sink):
    listener = sink.listen(inbox="orders")
    send(at(listener))

    assert sink.inboxes.delete("orders") == 1

    send(at(listener))
    assert len(sink.inboxes["orders"]) == 1


def test_an_inbox_expires(sink):
    with sink.events.subscribe(kinds=("deleted",)) as news:
        lease = sink.inboxes.create(expires_in=0.05)
        stays = sink.inboxes.create(expires_in=600)
        send(at(sink), rcpt=f"ada+{lease.name}@example.org")
        assert news.get(10).inbox == lease.name

    assert list(sink.inboxes.leases) == [stays.name]
    assert (lease.expires_at - lease.created_at).total_seconds() == 0.05


def test_the_one_that_ends_first_ends_first(sink):
    with sink.events.subscribe(kinds=("deleted",)) as news:
        later, sooner = sink.inboxes.create(expires_in=0.3), sink.inboxes.create(expires_in=0.05)
        for lease in (later, sooner):
            send(at(sink), rcpt=f"ada+{lease.name}@example.org")

        assert [news.get(10).inbox, news.get(10).inbox] == [sooner.name, later.name]


@pytest.mark.parametrize("name", ["", "A", "a b", "-a", "a.", "a" * 65, "ä", "a\n", "a/b"])
def test_a_name_that_cannot_be_in_an_address_is_refused(sink, name):
    with pytest.raises(ConfigError, match="a name is 1 to 64 lower-case letters"):
        sink.inboxes.create(name)


def test_a_name_is_taken_by_default_by_a_lease_by_a_listener_and_by_a_login(sink):
    sink.inboxes.create("mine")
    sink.listen(inbox="orders")
    sink.listen(inbox=None, policy=Policy(credentials=Credentials(users={"ada": "s3cret"})))

    for name in ("default", "mine", "orders", "ada"):
        with pytest.raises(ConfigError, match=f"^the inbox {name} is there already; choose another name"):
            sink.inboxes.create(name)


def test_a_name_under_which_there_is_mail_is_refused(sink):
    send(at(sink), rcpt="ada+old@example.org")

    with pytest.raises(ConfigError) as caught:
        sink.inboxes.create("old")

    assert str(caught.value) == (
        "the inbox old holds mail already (1); delete it first, or choose another name"
    )


def test_where_nothing_would_lead_to_the_inbox_it_is_refused():
    with Sink() as sink, pytest.raises(ConfigError) as caught:
        sink.inboxes.create()

    assert str(caught.value) == (
        "no listener lets a login or a recipient's tag choose the inbox; ask for one of its own"
    )


def test_inboxes_are_bounded_in_number(sink, monkeypatch):
    monkeypatch.setattr(inboxes, "MOST_LEASES", 2)
    sink.inboxes.create()
    lease = sink.inboxes.create()

    with pytest.raises(StartError, match="2 inboxes were made and not given back"):
        sink.inboxes.create()

    sink.inboxes.delete(lease.name)
    sink.inboxes.create()


def test_where_there_is_no_port_nothing_is_left(sink):
    with pytest.raises(StartError):
        sink.inboxes.create("mine", listen=True, host="203.0.113.1")

    sink.inboxes.create("mine")


def test_a_sink_that_closes_leaves_no_thread(sink):
    lease = sink.inboxes.create(expires_in=600)

    sink.close()

    assert lease.expires_at is not None
    assert "Timer" not in {type(thread).__name__ for thread in threading.enumerate()}

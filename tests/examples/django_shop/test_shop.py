import pytest
from django.contrib.auth.models import User
from django.core import mail


@pytest.fixture
def alice(db):
    return User.objects.create_user("alice", "alice@example.com", "old password")


def test_a_reset_link_works(mailsink, client, alice):
    client.post("/accounts/password_reset/", {"email": alice.email})

    found = mailsink.expect(to=alice.email, sender="noreply@shop.example")

    assert found.auth_user is None
    assert client.get(found.link("/accounts/reset/")).status_code == 302


@pytest.mark.parametrize("number", range(6))
def test_a_thread_s_mail_comes_to_the_test_that_caused_it(mailsink, client, number):
    client.get("/digest/", {"to": f"reader{number}@example.com"})

    assert mailsink.expect(subject="Digest").rcpts == [f"reader{number}@example.com"]


@pytest.mark.mailsink(auth=("shop", "other"), tls="required", trust=True)
def test_login_and_tls_are_those_of_the_test_s_server(mailsink):
    mail.send_mail("Hello", "Hi", None, ["alice@example.com"])

    mailsink.expect(auth_user="shop", tls="starttls")


def test_a_refusal_is_an_error_of_the_application(mailsink):
    mailsink.fail("rcpt", "550 5.1.1 unknown user", rcpt="gone@example.com")

    with pytest.raises(Exception, match="unknown user"):
        mail.send_mail("Hello", "Hi", None, ["gone@example.com"])
    mailsink.expect_none()


def test_without_the_fixture_mail_stays_in_memory():
    mail.send_mail("Hello", "Hi", None, ["alice@example.com"])

    assert len(mail.outbox) == 1


@pytest.mark.mailsink(django=False)
def test_django_can_be_left_alone(mailsink):
    mail.send_mail("Hello", "Hi", None, ["alice@example.com"])

    mailsink.expect_none()
    assert len(mail.outbox) == 1


def test_every_alias_of_mailers_comes_here(mailsink, settings):
    if not hasattr(settings, "MAILERS"):
        pytest.skip("these settings have no MAILERS")
    message = mail.EmailMessage("Hello", "Hi", None, ["alice@example.com"])
    message.send(using="bulk")

    mailsink.expect(subject="Hello")

import smtplib

import pytest
from shop import create_app


@pytest.fixture
def client(mailsink):
    app = create_app()
    mailsink.configure(app)
    return app.test_client()


@pytest.mark.parametrize("number", range(5))
def test_an_invitation(mailsink, client, number):
    client.post("/invite", data={"to": f"guest{number}@example.com"})

    mail = mailsink.expect(to=f"guest{number}@example.com")
    assert mail.bcc == ["audit@example.org"]
    assert mail.link() == "https://shop.example/join/"


@pytest.mark.parametrize("number", range(5))
def test_an_invitation_from_a_thread(mailsink, client, number):
    client.post("/invite-later", data={"to": f"guest{number}@example.com"})

    mailsink.expect(to=f"guest{number}@example.com")


def test_a_refusal_is_seen(mailsink, client):
    mailsink.fail("rcpt", "550 5.1.1 unknown user")

    with pytest.raises(smtplib.SMTPRecipientsRefused):
        client.post("/invite", data={"to": "gone@example.com"})


@pytest.mark.mailsink(auth=("ada", "s3cret"), tls="required")
def test_login_and_tls(mailsink, client):
    client.post("/invite", data={"to": "guest@example.com"})

    mailsink.expect(auth_user="ada", tls="starttls")

# ruff: noqa: N802, ARG002 - aiosmtpd names the hooks and what they are called with
from __future__ import annotations

import hashlib
import hmac
import smtplib
from base64 import b64decode, b64encode

import pytest
from raw import Raw, base64
from scram import ScramClient

from mailsink.model import Auth
from mailsink.policy import Credentials

ADA = Credentials(users={"ada": "sesame"})


def encoded(octets: bytes) -> str:
    return b64encode(octets).decode()


@pytest.fixture
def client(serve) -> Raw:
    client = serve(credentials=ADA).connect()
    client.ehlo()
    return client


@pytest.mark.parametrize("tls", ["none", "starttls", "implicit"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
def test_smtplib_authenticates_by_every_mechanism_it_has(serve, tls, mechanism):
    served = serve(tls=tls, credentials=ADA, mechanisms=(mechanism,))
    address = (served.listener.host, served.listener.port)
    if tls == "implicit":
        client = smtplib.SMTP_SSL(*address, context=served.trust(), timeout=10)
    else:
        client = smtplib.SMTP(*address, timeout=10)
    with client:
        if tls == "starttls":
            client.starttls(context=served.trust())
        client.login("ada", "sesame")
        client.sendmail("shop@example.com", ["ada@example.org"], b"Subject: x\r\n\r\n")

    assert served.message().auth == Auth(mechanism, "ada")


@pytest.mark.parametrize(
    "command",
    [
        f"AUTH PLAIN {base64('', 'ada', 'sesame')}",
        f"auth plain {base64('', 'ada', 'sesame')}",
        f"AUTH XOAUTH2 {encoded(b'user=ada' + bytes([1]) + b'auth=Bearer sesame' + bytes([1, 1]))}",
        f"AUTH OAUTHBEARER {encoded(b'n,a=ada,' + bytes([1]) + b'auth=Bearer sesame' + bytes([1, 1]))}",
    ],
)
def test_an_initial_response_is_enough(client, command):
    assert client.say(command).status == "235 2.7.0"


def test_without_an_initial_response_it_is_asked_for(client):
    asked = client.say("AUTH PLAIN")

    assert (asked.code, asked.lines) == (334, [""])
    assert client.say(base64("", "ada", "sesame")).status == "235 2.7.0"


def test_login_asks_twice_in_base64(client):
    first = client.say("AUTH LOGIN")
    second = client.say(encoded(b"ada"))

    assert (b64decode(first.text), b64decode(second.text)) == (b"Username:", b"Password:")
    assert client.say(encoded(b"sesame")).code == 235


def test_login_takes_the_name_as_initial_response(client):
    assert client.say(f"AUTH LOGIN {encoded(b'ada')}").text == encoded(b"Password:")
    assert client.say(encoded(b"sesame")).code == 235


def test_cram_md5_is_answered(client):
    challenge = b64decode(client.say("AUTH CRAM-MD5").text)
    digest = hmac.new(b"sesame", challenge, hashlib.md5).hexdigest()

    assert client.say(encoded(f"ada {digest}".encode())).code == 235


def test_cram_md5_with_an_initial_response_is_refused(client):
    assert client.say("AUTH CRAM-MD5 AAAA").status == "501 5.5.4"


@pytest.mark.parametrize(("name", "hash_name"), [("SCRAM-SHA-1", "sha1"), ("SCRAM-SHA-256", "sha256")])
def test_scram_proves_the_server_too(client, name, hash_name):
    scram = ScramClient(hash_name, "ada", "sesame")
    server_first = b64decode(client.say(f"AUTH {name} {encoded(scram.first)}").text)
    verdict = b64decode(client.say(encoded(scram.final(server_first))).text)

    assert verdict == b"v=" + b64encode(scram.expected)
    assert client.say("").code == 235


def test_anonymous_is_accepted_where_anyone_is(serve):
    served = serve(credentials=Credentials(anyone=True))
    client = served.connect()
    client.ehlo()

    assert client.say("AUTH ANONYMOUS =").code == 235


def test_external_is_the_client_certificate(serve, certificates, tmp_path):
    served = serve(tls="implicit", credentials=ADA)
    context = served.trust()
    context.load_cert_chain(*certificates.issue("ada.example.org", directory=tmp_path))
    client = served.connect(tls=context)

    assert "EXTERNAL" in next(line for line in client.ehlo() if line.startswith("AUTH")).split()
    assert client.say("AUTH EXTERNAL =").code == 235
    client.say("QUIT")
    session = served.ended()
    assert session.auth == Auth("EXTERNAL", "ada.example.org")
    assert session.tls.client_certificate == "ada.example.org"


def test_an_equals_sign_is_an_empty_initial_response(client):
    assert client.say("AUTH PLAIN =").status == "535 5.7.8"


def test_a_star_cancels(client):
    client.say("AUTH PLAIN")

    assert client.say("*").status == "501 5.7.0"
    assert client.say("NOOP").code == 250


@pytest.mark.parametrize("response", ["!!!", "A", "\u00e9\u00e9\u00e9\u00e9"])
def test_what_is_not_base64_is_refused(client, response):
    client.say("AUTH PLAIN")

    assert client.say(response).status == "501 5.5.2"


def test_who_gives_up_after_hearing_of_a_failure_is_told_in_the_session(serve):
    served = serve(credentials=ADA)
    client = served.connect()
    client.ehlo()
    token = encoded(b"user=ada" + bytes([1]) + b"auth=Bearer mellon" + bytes([1, 1]))
    client.say(f"AUTH XOAUTH2 {token}")
    client.say("*")
    client.say("QUIT")

    assert "ada failed to authenticate by XOAUTH2." in [e.text for e in served.ended().transcript]


def test_a_wrong_password_is_refused_and_may_be_tried_again(client):
    wrong = client.say(f"AUTH PLAIN {base64('', 'ada', 'mellon')}")

    assert wrong.status == "535 5.7.8"
    assert client.say(f"AUTH PLAIN {base64('', 'ada', 'sesame')}").code == 235


@pytest.mark.parametrize("in_line", [True, False], ids=["initial", "continued"])
def test_a_token_of_12288_octets_is_read(serve, in_line):
    token = "t" * 9000
    client = serve(credentials=Credentials(users={"ada": token})).connect()
    client.ehlo()
    response = base64("", "ada", token)
    assert 12_000 < len(response) < 12_288 - len("AUTH PLAIN ")

    if not in_line:
        client.say("AUTH PLAIN")
    assert client.say(f"AUTH PLAIN {response}" if in_line else response).code == 235


def test_a_longer_token_is_refused_and_the_session_goes_on(client):
    client.say("AUTH PLAIN")

    assert client.say("A" * 20_000).status == "500 5.5.6"
    assert client.say("NOOP").code == 250


def test_a_client_that_goes_away_in_the_middle_ends_the_session(serve):
    served = serve(credentials=ADA)
    client = served.connect()
    client.ehlo()
    client.say("AUTH LOGIN")
    client.close()

    assert served.ended().auth is None


def test_user_and_mechanism_are_kept_and_never_the_password(serve):
    served = serve(credentials=ADA)
    client = served.connect()
    client.ehlo()
    client.say(f"AUTH PLAIN {base64('', 'ada', 'mellon')}")
    client.say("AUTH LOGIN")
    client.say(encoded(b"ada"))
    client.say(encoded(b"sesame"))
    client.say("QUIT")
    session = served.ended()

    assert session.auth == Auth("LOGIN", "ada")
    shown = "\n".join(entry.text for entry in session.transcript)
    assert "ada failed to authenticate by PLAIN." in shown
    assert "Authenticated as ada by LOGIN." in shown
    for secret in ("sesame", "mellon"):
        assert secret not in repr(session)
        assert encoded(secret.encode()) not in repr(session)
    assert base64("", "ada", "mellon") not in repr(session)


def test_the_message_knows_who_sent_it(serve):
    served = serve(credentials=ADA, inbox=None)
    client = served.connect()
    client.ehlo()
    client.say(f"AUTH PLAIN {base64('', 'ada', 'sesame')}")
    client.mail()
    client.data(b"x\r\n")

    message = served.message()
    assert message.auth == Auth("PLAIN", "ada")
    assert message.inbox == "ada"


def test_auth_is_told_a_second_time_is_wrong(client):
    client.say(f"AUTH PLAIN {base64('', 'ada', 'sesame')}")

    assert client.say("AUTH PLAIN").status == "503 5.5.1"


def test_auth_over_plain_text_is_refused_where_tls_is_required(serve):
    served = serve(tls="starttls", credentials=ADA, require_tls=True)
    client = served.connect()
    lines = client.ehlo()

    assert not any(line.startswith("AUTH") for line in lines)
    assert client.say(f"AUTH PLAIN {base64('', 'ada', 'sesame')}").status == "530 5.7.0"


def test_mail_waits_for_auth_where_it_is_required(serve):
    client = serve(credentials=ADA, require_auth=True).connect()
    client.ehlo()

    assert client.say("MAIL FROM:<a@example.com>").status == "530 5.7.0"
    client.say(f"AUTH PLAIN {base64('', 'ada', 'sesame')}")
    assert client.say("MAIL FROM:<a@example.com>").status == "250 2.1.0"


# ----------------------------------------------------- handlers, authenticators


def test_an_authenticator_decides(serve):
    from aiosmtpd.smtp import AuthResult

    asked = []

    def authenticator(server, session, envelope, mechanism, login):
        asked.append((mechanism, login.login, login.password))
        return AuthResult(success=login.password == b"sesame", auth_data=login)

    served = serve(authenticator=authenticator)
    client = served.connect()

    assert "AUTH PLAIN LOGIN" in client.ehlo()
    assert client.say(f"AUTH PLAIN {base64('', 'bob', 'no')}").status == "535 5.7.8"
    assert client.say(f"AUTH PLAIN {base64('', 'bob', 'sesame')}").code == 235
    assert asked == [("PLAIN", b"bob", b"no"), ("PLAIN", b"bob", b"sesame")]
    client.close()
    assert served.ended().auth == Auth("PLAIN", "bob")


def test_an_authenticator_may_word_its_refusal(serve):
    from aiosmtpd.smtp import AuthResult

    def authenticator(server, session, envelope, mechanism, login):
        return AuthResult(success=False, handled=False, message="454 4.7.0 Try later")

    client = serve(authenticator=authenticator).connect()
    client.ehlo()

    assert client.say(f"AUTH PLAIN {base64('', 'bob', 'no')}").status == "454 4.7.0"


class AuthHandler:
    """Mechanisms of its own, in the forms that the stock class knows."""

    async def auth_FOO(self, server, args):
        from aiosmtpd.smtp import AuthResult, LoginPassword

        answer = await server.challenge_auth("who?")
        return AuthResult(success=answer == b"ada", handled=False, auth_data=LoginPassword(answer, b""))

    async def auth_OLD__NAME(self, server, args):
        return "bob" if len(args) == 2 else False

    async def auth_SELF(self, server, args):
        await server.push("432 4.7.12 A password transition is needed")


@pytest.fixture
def handled(serve):
    return serve(handler=AuthHandler())


def test_a_handler_s_mechanisms_are_offered(handled):
    assert "AUTH FOO OLD-NAME SELF" in handled.connect().ehlo()


def test_a_handler_s_mechanism_may_ask_and_accept(handled):
    client = handled.connect()
    client.ehlo()

    assert b64decode(client.say("AUTH FOO").text) == b"who?"
    assert client.say(encoded(b"ada")).code == 235
    client.close()
    assert handled.ended().auth == Auth("FOO", "ada")


def test_a_handler_s_mechanism_may_refuse(handled):
    client = handled.connect()
    client.ehlo()
    client.say("AUTH FOO")

    assert client.say(encoded(b"bob")).status == "535 5.7.8"


def test_a_handler_s_mechanism_in_the_old_form_returns_a_user(handled):
    client = handled.connect()
    client.ehlo()

    assert client.say("AUTH OLD-NAME").status == "535 5.7.8"
    assert client.say("AUTH old-name AAAA").code == 235


def test_a_handler_s_mechanism_may_have_answered_itself(handled):
    client = handled.connect()
    client.ehlo()

    assert client.say("AUTH SELF").status == "432 4.7.12"
    assert client.say("NOOP").code == 250


def test_a_handler_may_take_over_auth(serve):
    class Handler:
        async def handle_AUTH(self, server, session, envelope, args):
            if args[0] == "LOGIN":
                return server_default()
            session.auth_data = args[1]
            return "235 2.7.0 Welcome"

    def server_default():
        from aiosmtpd.smtp import MISSING

        return MISSING

    served = serve(handler=Handler(), credentials=ADA)
    client = served.connect()
    client.ehlo()

    assert client.say("AUTH LOGIN").code == 334
    client.say("*")
    assert client.say("AUTH PLAIN carl").text == "2.7.0 Welcome"
    client.close()
    assert served.ended().auth == Auth("PLAIN", "carl")

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode

import pytest
from scram import ScramClient

from mailsink.policy import Credentials
from mailsink.smtp.sasl import Outcome, mechanism

ADA = Credentials(users={"ada": "sesame", "b\u00e9": "pr\u00fcfung"})
ANYONE = Credentials(anyone=True)


def run(name: str, *responses: bytes, credentials: Credentials = ADA, certificate: str = "") -> Outcome:
    """Say *responses* in turn; the outcome. Every challenge must be answered."""
    exchange = mechanism(name).run(credentials, certificate, "mail.example.org")
    next(exchange)
    for response in responses[:-1]:
        exchange.send(response)
    with pytest.raises(StopIteration) as done:
        exchange.send(responses[-1])
    return done.value.value


# ------------------------------------------------------------ PLAIN and LOGIN


def test_plain_with_the_right_password_succeeds():
    assert run("PLAIN", b"\0ada\0sesame") == Outcome("ada", ok=True)


def test_plain_takes_an_authorization_identity():
    assert run("PLAIN", b"root\0ada\0sesame") == Outcome("ada", ok=True)


def test_plain_with_a_wrong_password_fails():
    assert run("PLAIN", b"\0ada\0mellon") == Outcome("ada", ok=False)


def test_plain_for_nobody_known_fails():
    assert not run("PLAIN", b"\0bob\0sesame").ok


def test_plain_lets_anyone_in_where_anyone_may():
    assert run("PLAIN", b"\0bob\0x", credentials=ANYONE) == Outcome("bob", ok=True)


def test_plain_in_a_wrong_shape_fails():
    assert run("PLAIN", b"ada sesame").why == "PLAIN needs authzid NUL authcid NUL passwd"


def test_plain_outside_ascii_is_utf_8():
    assert run("PLAIN", "\0b\u00e9\0pr\u00fcfung".encode()).ok


def test_plain_with_octets_that_are_not_utf_8_fails_and_does_not_raise():
    assert not run("PLAIN", b"\0\xff\0\xff").ok


def test_login_asks_for_name_and_password():
    exchange = mechanism("LOGIN").run(ADA, "", "")

    assert next(exchange) == b"Username:"
    assert exchange.send(b"ada") == b"Password:"
    assert run("LOGIN", b"ada", b"sesame").ok
    assert not run("LOGIN", b"ada", b"mellon").ok


# ------------------------------------------------------------------- CRAM-MD5


def cram(user: str, password: str, credentials: Credentials = ADA) -> Outcome:
    exchange = mechanism("CRAM-MD5").run(credentials, "", "mail.example.org")
    challenge = next(exchange)
    digest = hmac.new(password.encode(), challenge, hashlib.md5).hexdigest()
    with pytest.raises(StopIteration) as done:
        exchange.send(f"{user} {digest}".encode())
    return done.value.value


def test_cram_md5_with_the_right_password_succeeds():
    assert cram("ada", "sesame") == Outcome("ada", ok=True)


def test_cram_md5_with_a_wrong_password_fails():
    assert not cram("ada", "mellon").ok


def test_cram_md5_for_nobody_known_fails():
    assert cram("bob", "sesame") == Outcome("bob", ok=False, why="no such user")


def test_cram_md5_lets_anyone_in_where_anyone_may():
    assert cram("bob", "x", ANYONE).ok


def test_cram_md5_without_a_digest_fails_and_does_not_raise():
    assert not run("CRAM-MD5", b"\xff").ok


def test_cram_md5_is_a_new_challenge_each_time():
    challenges = {next(mechanism("CRAM-MD5").run(ADA, "", "mail.example.org")) for _ in range(3)}

    assert len(challenges) == 3
    assert all(each.endswith(b"@mail.example.org>") for each in challenges)


def test_cram_md5_takes_no_initial_response():
    assert mechanism("CRAM-MD5").server_first


# ---------------------------------------------------------------------- SCRAM


SCRAMS = pytest.mark.parametrize(
    ("name", "hash_name"), [("SCRAM-SHA-1", "sha1"), ("SCRAM-SHA-256", "sha256")]
)


@SCRAMS
def test_scram_proves_both_sides(name, hash_name):
    client = ScramClient(hash_name, "ada", "sesame")
    exchange = mechanism(name).run(ADA, "", "")
    next(exchange)

    verdict = exchange.send(client.final(exchange.send(client.first)))

    assert verdict == b"v=" + b64encode(client.expected)
    with pytest.raises(StopIteration) as done:
        exchange.send(b"")
    assert done.value.value == Outcome("ada", ok=True)


@SCRAMS
@pytest.mark.parametrize(("user", "password"), [("ada", "mellon"), ("bob", "sesame")])
def test_scram_with_a_wrong_proof_fails_at_the_same_step_for_all(name, hash_name, user, password):
    client = ScramClient(hash_name, user, password)
    exchange = mechanism(name).run(ADA, "", "")
    next(exchange)
    server_first = exchange.send(client.first)

    with pytest.raises(StopIteration) as done:
        exchange.send(client.final(server_first))
    assert not done.value.value.ok


def test_scram_with_a_channel_binding_that_was_not_offered_fails():
    client = ScramClient("sha256", "ada", "sesame")
    exchange = mechanism("SCRAM-SHA-256").run(ADA, "", "")
    next(exchange)
    server_first = exchange.send(client.first)

    with pytest.raises(StopIteration) as done:
        exchange.send(client.final(server_first, binding="eSws"))
    assert not done.value.value.ok


def test_scram_reads_an_escaped_name():
    credentials = Credentials(users={"a,d=a": "sesame"})
    client = ScramClient("sha256", "a=2Cd=3Da", "sesame")
    exchange = mechanism("SCRAM-SHA-256").run(credentials, "", "")
    next(exchange)

    assert exchange.send(client.final(exchange.send(client.first))).startswith(b"v=")


@pytest.mark.parametrize("first", [b"", b"\xff", b"p=tls-unique,,n=ada,r=x", b"n,,n=ada", b"n,,n=ada,r="])
def test_scram_in_a_wrong_shape_fails(first):
    assert run("SCRAM-SHA-256", first).why == "the client's first message is not SCRAM's"


@pytest.mark.parametrize("final", [b"", b"\xff", b"c=biws,r=x,p=!!!", b"c=biws,p=AAAA"])
def test_scram_with_a_broken_last_message_fails(final):
    assert not run("SCRAM-SHA-256", b"n,,n=ada,r=x", final).ok


# --------------------------------------------------------------------- tokens


def test_xoauth2_with_the_right_token_succeeds():
    assert run("XOAUTH2", b"user=ada\x01auth=Bearer sesame\x01\x01") == Outcome("ada", ok=True)


def test_xoauth2_with_a_wrong_token_is_told_why_first():
    exchange = mechanism("XOAUTH2").run(ADA, "", "")
    next(exchange)

    assert exchange.send(b"user=ada\x01auth=Bearer no\x01\x01").startswith(b'{"status": "400"')
    assert not run("XOAUTH2", b"user=ada\x01auth=Bearer no\x01\x01", b"").ok


def test_oauthbearer_with_the_right_token_succeeds():
    response = b"n,a=ada,\x01host=mail.example.org\x01port=587\x01auth=Bearer sesame\x01\x01"

    assert run("OAUTHBEARER", response) == Outcome("ada", ok=True)


@pytest.mark.parametrize(
    "response", [b"", b"\x01", b"n,a=ada,\x01auth=Basic sesame\x01\x01", b"\xff\x01\xff=\xff"]
)
def test_oauthbearer_with_a_wrong_token_is_told_why_first(response):
    exchange = mechanism("OAUTHBEARER").run(ADA, "", "")
    next(exchange)

    assert exchange.send(response) == b'{"status": "invalid_token"}'
    assert not run("OAUTHBEARER", response, b"\x01").ok


# --------------------------------------------------------- ANONYMOUS, EXTERNAL


def test_anonymous_is_whoever_it_says():
    assert run("ANONYMOUS", b"trace@example.org", credentials=ANYONE) == Outcome("anonymous", ok=True)


def test_anonymous_is_refused_where_users_are_named():
    assert not run("ANONYMOUS", b"").ok


def test_external_is_the_subject_of_the_certificate():
    assert run("EXTERNAL", b"", certificate="ada") == Outcome("ada", ok=True)


def test_external_may_name_a_known_user():
    assert run("EXTERNAL", b"ada", certificate="proxy.example.org").ok


def test_external_may_not_name_a_stranger():
    outcome = run("EXTERNAL", b"bob", certificate="ada")

    assert outcome == Outcome("bob", ok=False, why="the certificate is ada's")


def test_external_without_a_certificate_fails():
    assert run("EXTERNAL", b"") == Outcome("", ok=False, why="there is no client certificate")


def test_an_unknown_mechanism_is_none():
    with pytest.raises(KeyError):
        mechanism("NTLM")

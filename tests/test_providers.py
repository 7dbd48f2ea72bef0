from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage

import pytest
from raw import Raw, base64
from sending import mail

from mailsink import Sink
from mailsink.errors import ConfigError
from mailsink.fault_text import read_rule, write_rule
from mailsink.patterns import like
from mailsink.providers import PROVIDERS, provider

# Before TLS and after: what each says to EHLO, as its documentation or its clients' logs have it.
OFFERS = {
    "gmail": (
        {
            "SIZE 35882577",
            "8BITMIME",
            "STARTTLS",
            "ENHANCEDSTATUSCODES",
            "PIPELINING",
            "CHUNKING",
            "SMTPUTF8",
        },
        {"AUTH LOGIN PLAIN XOAUTH2 OAUTHBEARER"},
    ),
    "microsoft365": (
        {
            "SIZE 157286400",
            "PIPELINING",
            "DSN",
            "ENHANCEDSTATUSCODES",
            "STARTTLS",
            "8BITMIME",
            "BINARYMIME",
            "CHUNKING",
            "SMTPUTF8",
        },
        {"AUTH LOGIN XOAUTH2"},
    ),
    "ses": ({"SIZE 41943040", "8BITMIME", "STARTTLS"}, {"AUTH PLAIN LOGIN"}),
    "gateway": ({"SIZE 10485760", "8BITMIME", "STARTTLS", "ENHANCEDSTATUSCODES"}, set()),
}
EACH = pytest.mark.parametrize("name", PROVIDERS)
WITH_AUTH = ["gmail", "microsoft365", "ses"]


@pytest.fixture
def sink():
    with Sink(smtp=()) as sink:
        yield sink


@pytest.fixture
def trust(sink):
    context = ssl.create_default_context()
    context.check_hostname = False

    def trusting() -> ssl.SSLContext:
        context.load_verify_locations(cadata=sink.certificates.ca_pem().decode())
        return context

    return trusting


def connect(listener, trust) -> Raw:
    """A client under TLS that has greeted."""
    client = Raw(listener.host, listener.port)
    client.ehlo()
    assert client.say("STARTTLS").code == 220
    client.starttls(trust())
    client.ehlo()
    return client


def log_in(client: Raw) -> None:
    assert client.say("AUTH LOGIN").code == 334
    assert client.say(base64("ada@example.org")).code == 334
    assert client.say(base64("secret")).code == 235


# --- the table


def test_every_provider_is_tested():
    assert set(OFFERS) == set(PROVIDERS)


def test_each_provider_has_a_port_of_its_own():
    assert len({p.port for p in PROVIDERS.values()}) == len(PROVIDERS)


@EACH
def test_a_provider_names_its_source_and_its_refusals(name):
    profile = provider(name)

    assert profile.name == name
    assert profile.source
    assert len(profile.rules) >= 4
    assert all(not rule.enabled and rule.id.startswith(f"{name}-") for rule in profile.rules)


@EACH
def test_a_refusal_is_a_negative_reply_that_can_be_written(name):
    for rule in provider(name).rules:
        assert not rule.fault.value.is_positive
        assert read_rule(write_rule(rule)) == rule


def test_an_unknown_provider_is_refused():
    with pytest.raises(ConfigError) as caught:
        provider("hotmail")

    assert str(caught.value) == (
        "provider 'hotmail' is not known; known are gmail, microsoft365, ses, gateway"
    )


def test_rules_belong_to_the_listener_and_have_ids_of_their_own():
    rules = provider("ses").rules_at("[::1]:25", {"ses-temporary"})

    assert {rule.id for rule in rules} == {f"{rule.id}-2" for rule in provider("ses").rules}
    assert all(like(rule.listener, "[::1]:25") for rule in rules)
    assert not any(like(rule.listener, "1:25") for rule in rules)


# --- as a client sees them


@EACH
def test_it_offers_what_the_provider_offers(name, sink, trust):
    plain, authenticating = OFFERS[name]
    listener = sink.listen_as(name)
    with Raw(listener.host, listener.port) as client:
        before = set(client.ehlo())
        client.say("STARTTLS")
        client.starttls(trust())
        after = set(client.ehlo())

    # mailsink answers HELP everywhere, and says so.
    assert before - {"HELP"} == plain
    assert after - {"HELP"} == plain - {"STARTTLS"} | authenticating


@EACH
def test_it_refuses_mail_in_the_clear(name, sink):
    listener = sink.listen_as(name)
    with Raw(listener.host, listener.port) as client:
        client.ehlo()

        assert client.say("MAIL FROM:<shop@example.com>").code == 530


@pytest.mark.parametrize("name", WITH_AUTH)
def test_it_refuses_mail_before_auth(name, sink, trust):
    with connect(sink.listen_as(name), trust) as client:
        assert client.say("MAIL FROM:<shop@example.com>").code == 530


@pytest.mark.parametrize("name", WITH_AUTH)
def test_it_takes_mail_after_auth(name, sink, trust):
    with connect(sink.listen_as(name), trust) as client:
        log_in(client)
        client.mail()

        assert client.data(mail()).code == 250
    assert len(sink.inbox) == 1


def test_the_gateway_takes_mail_without_auth(sink, trust):
    with connect(sink.listen_as("gateway"), trust) as client:
        client.mail()

        assert client.data(mail()).code == 250


@EACH
def test_it_refuses_more_than_its_size(name, sink, trust):
    limit = provider(name).policy.max_size
    with connect(sink.listen_as(name), trust) as client:
        if name in WITH_AUTH:
            log_in(client)

        assert client.say(f"MAIL FROM:<shop@example.com> SIZE={limit + 1}").code == 552
        assert client.say(f"MAIL FROM:<shop@example.com> SIZE={limit}").code == 250


@EACH
def test_it_refuses_too_many_recipients(name, sink, trust):
    limit = provider(name).policy.max_recipients
    with connect(sink.listen_as(name), trust) as client:
        if name in WITH_AUTH:
            log_in(client)
        client.mail(*(f"r{n}@example.org" for n in range(limit)))

        assert client.say("RCPT TO:<one.more@example.org>").code == 452


def test_smtplib_sends_through_it(sink, trust):
    listener = sink.listen_as("gmail", inbox="gmail")
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "shop@example.com", "ada@example.org", "Hello"
    with smtplib.SMTP(listener.host, listener.port) as client:
        client.starttls(context=trust())
        client.login("ada@example.org", "secret")
        client.send_message(letter)

    message = sink.inboxes["gmail"].expect(subject="Hello")
    assert message.auth.user == "ada@example.org"


# --- refusals

COMMANDS = {
    "mail": ("MAIL FROM:<shop@example.com>",),
    "rcpt": ("MAIL FROM:<shop@example.com>", "RCPT TO:<ada@example.org>"),
    "auth": ("AUTH PLAIN " + base64("", "ada", "secret"),),
}
REFUSALS = [rule for profile in PROVIDERS.values() for rule in profile.rules]


@pytest.mark.parametrize("rule", REFUSALS, ids=lambda rule: rule.id)
def test_a_refusal_is_said_once_it_is_switched_on(rule, sink, trust):
    name = rule.id.partition("-")[0]
    listener = sink.listen_as(name)
    reply = rule.fault.value
    if rule.stage == "connect":
        sink.faults.enable(rule.id)
        with Raw(listener.host, listener.port) as client:
            assert client.greeting.code == reply.code
        return
    with connect(listener, trust) as client:
        if name in WITH_AUTH and rule.stage != "auth":
            log_in(client)
        sink.faults.enable(rule.id)
        if rule.stage == "auth" and "PLAIN" not in provider(name).policy.mechanisms:
            said = client.say("AUTH LOGIN")
        elif rule.stage == "dot":
            client.mail()
            said = client.data(mail())
        else:
            *before, last = COMMANDS[rule.stage]
            for command in before:
                client.say(command)
            said = client.say(last)

    words = f"{reply.enhanced} {reply.text}" if name != "ses" else reply.text
    assert (said.code, said.text) == (reply.code, words)
    assert sink.faults.tally(rule.id).hits == 1


def test_a_providers_refusals_are_not_another_listeners(sink, trust):
    first, second = sink.listen_as("gateway"), sink.listen_as("gateway")
    sink.faults.enable("gateway-relay-2")

    with connect(first, trust) as client:
        assert client.mail().code == 250
    with connect(second, trust) as client:
        assert client.mail().status == "550 5.7.1"


def test_the_gateway_greylists_each_triplet_once(sink, trust):
    listener = sink.listen_as("gateway")
    sink.faults.enable("gateway-greylisting")

    with connect(listener, trust) as client:
        answers = [
            client.say(line).code for line in ("MAIL FROM:<a@example.org>", *["RCPT TO:<b@example.org>"] * 2)
        ]

    assert answers == [250, 451, 250]


def test_the_gateway_takes_two_connections_of_a_client(sink):
    listener = sink.listen_as("gateway")

    address = (listener.host, listener.port)
    with Raw(*address), Raw(*address), Raw(*address) as third:
        assert third.greeting.code == 421

from __future__ import annotations

import smtplib
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from mailsink import Sink
from mailsink.environment import trust_variables, variables


def test_the_variables_of_the_usual_frameworks():
    assert variables("127.0.0.1", 1025) == {
        "SMTP_HOST": "127.0.0.1",
        "SMTP_ADDRESS": "127.0.0.1",
        "SMTP_SERVER": "127.0.0.1",
        "SMTP_PORT": "1025",
        "SMTP_SECURE": "false",
        "SMTP_STARTTLS": "false",
        "SMTP_TLS": "false",
        "SMTP_USE_TLS": "false",
        "SMTP_SSL": "false",
        "SMTP_USE_SSL": "false",
        "SMTP_URL": "smtp://127.0.0.1:1025",
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": "1025",
        "EMAIL_SERVER": "smtp://127.0.0.1:1025",
        "EMAIL_URL": "smtp://127.0.0.1:1025",
        "EMAIL_USE_TLS": "false",
        "EMAIL_USE_SSL": "false",
        "MAIL_MAILER": "smtp",
        "MAIL_HOST": "127.0.0.1",
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": "1025",
        "MAIL_URL": "smtp://127.0.0.1:1025",
        "MAIL_ENCRYPTION": "null",
        "MAIL_USE_TLS": "false",
        "MAIL_USE_SSL": "false",
        "MAIL_STARTTLS": "false",
        "MAIL_SSL_TLS": "false",
        "MAILER_DSN": "smtp://127.0.0.1:1025",
        "SPRING_MAIL_HOST": "127.0.0.1",
        "SPRING_MAIL_PORT": "1025",
    }


@pytest.mark.parametrize("name", ["SMTP_URL", "EMAIL_URL", "MAILER_DSN"])
def test_a_url_holds_an_ipv6_address_in_brackets(name):
    url = urlsplit(variables("::1", 25)[name])

    assert (url.hostname, url.port) == ("::1", 25)


def test_a_host_variable_holds_an_ipv6_address_bare():
    assert variables("::1", 25)["SMTP_HOST"] == "::1"


def test_a_process_finds_its_way_by_the_variables():
    code = (
        "import os, smtplib\n"
        "with smtplib.SMTP(os.environ['SMTP_HOST'], int(os.environ['SMTP_PORT'])) as client:\n"
        "    client.sendmail('shop@example.com', 'ada@example.org', 'Subject: Hello\\n\\nHi')\n"
    )

    with Sink() as sink:
        subprocess.run([sys.executable, "-c", code], env=variables(sink.host, sink.port), check=True)

        assert sink.inbox.counts().total == 1


def test_every_value_is_what_a_process_can_be_given():
    assert all(isinstance(value, str) for value in variables("127.0.0.1", smtplib.SMTP_PORT).values())


@pytest.mark.parametrize(
    ("tls", "expected"),
    [
        (
            "starttls",
            {
                "SMTP_URL": "smtp://h:25",
                "SMTP_USE_TLS": "true",
                "SMTP_SSL": "false",
                "EMAIL_URL": "smtp+tls://h:25",
                "EMAIL_USE_TLS": "true",
                "EMAIL_USE_SSL": "false",
                "MAIL_ENCRYPTION": "tls",
                "MAIL_USE_TLS": "true",
                "MAILER_DSN": "smtp://h:25",
                "SPRING_MAIL_PROPERTIES_MAIL_SMTP_STARTTLS_ENABLE": "true",
            },
        ),
        (
            "implicit",
            {
                "SMTP_URL": "smtps://h:25",
                "SMTP_SECURE": "true",
                "SMTP_TLS": "false",
                "SMTP_USE_SSL": "true",
                "EMAIL_URL": "smtp+ssl://h:25",
                "EMAIL_USE_TLS": "false",
                "EMAIL_USE_SSL": "true",
                "MAIL_ENCRYPTION": "ssl",
                "MAIL_USE_SSL": "true",
                "MAILER_DSN": "smtps://h:25",
                "SPRING_MAIL_PROPERTIES_MAIL_SMTP_SSL_ENABLE": "true",
            },
        ),
    ],
)
def test_the_variables_say_how_to_encrypt(tls, expected):
    found = variables("h", 25, tls=tls)

    assert {name: found[name] for name in expected} == expected


def test_the_variables_say_how_to_log_in():
    found = variables("h", 25, user="shop", password="p@ss/word")

    assert found["SMTP_URL"] == "smtp://shop:p%40ss%2Fword@h:25"
    assert {name for name, value in found.items() if value == "shop"} == {
        "SMTP_USER",
        "SMTP_USERNAME",
        "EMAIL_HOST_USER",
        "MAIL_USERNAME",
        "SPRING_MAIL_USERNAME",
    }
    assert {name for name, value in found.items() if value == "p@ss/word"} == {
        "SMTP_PASSWORD",
        "SMTP_PASS",
        "EMAIL_HOST_PASSWORD",
        "MAIL_PASSWORD",
        "SPRING_MAIL_PASSWORD",
    }


def test_programs_learn_whom_to_trust():
    assert trust_variables("ca.pem") == {
        "SSL_CERT_FILE": "ca.pem",
        "REQUESTS_CA_BUNDLE": "ca.pem",
        "NODE_EXTRA_CA_CERTS": "ca.pem",
    }

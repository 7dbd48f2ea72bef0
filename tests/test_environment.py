from __future__ import annotations

import smtplib
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from mailsink import Sink
from mailsink.environment import variables


def test_the_variables_of_the_usual_frameworks():
    assert variables("127.0.0.1", 1025) == {
        "SMTP_HOST": "127.0.0.1",
        "SMTP_ADDRESS": "127.0.0.1",
        "SMTP_PORT": "1025",
        "SMTP_URL": "smtp://127.0.0.1:1025",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": "1025",
        "EMAIL_URL": "smtp://127.0.0.1:1025",
        "EMAIL_USE_TLS": "false",
        "EMAIL_USE_SSL": "false",
        "MAIL_MAILER": "smtp",
        "MAIL_HOST": "127.0.0.1",
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": "1025",
        "MAIL_ENCRYPTION": "null",
        "MAIL_USE_TLS": "false",
        "MAIL_USE_SSL": "false",
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

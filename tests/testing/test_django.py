from __future__ import annotations

import subprocess
import sys

import django
import pytest

from mailsink.testing.django import is_django_configured

# In a process of its own: Django is configured once.
CODE = """
import warnings
import django
from django.conf import settings
from mailsink.testing import Server
from mailsink.testing.django import configure_django, is_django_configured

def quietly(call):
    # Django tells of what is deprecated in the project's settings.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call()

quietly(lambda: settings.configure(**{settings!r}))
django.setup()
from django.core import mail
from django.test.utils import setup_test_environment
quietly(setup_test_environment)
assert is_django_configured()
def send(**using):
    # A message remembers its connection.
    message = mail.EmailMessage("Hello", "Hi", "shop@example.com", ["ada@example.org"])
    message.bcc = ["audit@example.com"]
    quietly(lambda: message.send(**using))

with Server() as server, server.open("django", **{server!r}) as mailsink:
    mailsink.trust()
    mailsink.on_close(configure_django(mailsink.place))
    for alias in {aliases!r}:
        send(**({{"using": alias}} if alias else {{}}))
    for found in mailsink.expect(count={count}, **{words!r}):
        assert found.bcc == ["audit@example.com"]
    assert mail.outbox == []
    mailsink.restore()
    send()
    assert (len(mail.outbox), len(mailsink)) == (1, {count})
"""
LAYERS = """
def backend():
    return quietly(lambda: settings.EMAIL_BACKEND).rpartition(".")[0].rpartition(".")[2]

with Server() as server:
    before = settings._wrapped
    for turn in range(3):
        with server.open("django") as mailsink:
            undo = configure_django(mailsink.place)
            later = override_settings(DEFAULT_FROM_EMAIL="later@example.org")
            later.enable()
            assert backend() == "smtp"
            undo()
            assert (backend(), settings.DEFAULT_FROM_EMAIL) == ("locmem", "later@example.org")
            later.disable()
            assert (backend(), settings.DEFAULT_FROM_EMAIL) == ("locmem", "webmaster@localhost")
    # One layer of which nothing is left, not one for each turn.
    assert settings._wrapped.default_settings is before
"""
SECURE = {"auth": ("shop", "s3cret"), "tls": "starttls"}
DUMMY = {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}


def run(settings, server, words, aliases=("",)) -> None:
    code = CODE.format(settings=settings, server=server, words=words, aliases=aliases, count=len(aliases))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_mail_that_the_runner_would_keep_in_memory_is_sent_here():
    run({"EMAIL_HOST": "smtp.example.org", "EMAIL_HOST_USER": "old"}, {}, {"auth_user": None})


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_it_logs_in_and_encrypts(tls):
    run({}, {**SECURE, "tls": tls}, {"auth_user": "shop", "tls": tls})


def test_settings_that_end_later_do_not_bring_it_back():
    """As those of a fixture do that a test asked for before it asked for mailsink."""
    start = CODE.partition("with Server")[0].format(settings={})
    code = f"{start}\nfrom django.test import override_settings\n{LAYERS}"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr


UNITTEST = """
import unittest
from django.test import SimpleTestCase
from mailsink import MailsinkTestCase

class Sent(MailsinkTestCase, SimpleTestCase):
    def test_it(self):
        self.mailsink.expect_none()
        send()
        self.mailsink.expect(subject="Hello")
        assert mail.outbox == []

class Unasked(MailsinkTestCase, SimpleTestCase):
    def test_it(self):
        send()
        assert len(mail.outbox) == 1

class Left(MailsinkTestCase, SimpleTestCase):
    mailsink_django = False

    def test_it(self):
        self.mailsink.expect_none()
        send()
        assert len(mail.outbox) == 1

unittest.main()
"""


def test_a_unittest_points_it_here_too_unless_told_otherwise():
    code = CODE.partition("with Server")[0].format(settings={}) + UNITTEST
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert "Ran 3 tests" in done.stderr


@pytest.mark.skipif(django.VERSION < (6, 1), reason="MAILERS came with Django 6.1")
def test_each_alias_of_mailers_is_sent_here():
    settings = {"MAILERS": {"default": DUMMY, "bulk": DUMMY}}

    run(settings, SECURE, {"auth_user": "shop", "tls": "starttls"}, aliases=("", "bulk"))


def test_a_process_without_django_has_none_configured():
    code = (
        "import sys\nfrom mailsink.testing.django import is_django_configured\n"
        "assert not is_django_configured()\nassert 'django' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_django_without_settings_is_not_configured():
    import django.conf

    assert not django.conf.settings.configured
    assert not is_django_configured()

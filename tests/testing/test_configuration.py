from __future__ import annotations

import asyncio
import gc
import os

import pytest
from flask import Flask
from flask_mail import Mail as FlaskMail
from flask_mail import Message as FlaskMessage
from flask_mailing import Mail as Mailing
from flask_mailman import EmailMessage as MailmanMessage
from flask_mailman import Mail as Mailman
from pydantic import BaseModel, ConfigDict, SecretStr
from pydantic_settings import BaseSettings

from mailsink.testing.configuration import configure, set_environment


class Settings(BaseSettings):
    smtp_host: str = "smtp.example.org"
    smtp_port: int = 25
    smtp_password: SecretStr = SecretStr("old")
    email_use_tls: bool = True
    name: str = "shop"


@pytest.fixture
def secure(server):
    with server.open("secure", auth=("shop", "s3cret"), tls="starttls") as mailsink:
        yield mailsink


# --- mappings


def test_the_environment_is_set_and_put_back(mailsink, monkeypatch):
    monkeypatch.setenv("SMTP_HOST", "smtp.example.org")
    monkeypatch.delenv("MAIL_SERVER", raising=False)

    undo = configure(os.environ, mailsink)

    assert {name: os.environ[name] for name in mailsink.env} == mailsink.env
    undo()
    assert os.environ["SMTP_HOST"] == "smtp.example.org"
    assert "MAIL_SERVER" not in os.environ


def test_a_mapping_gets_what_it_has_in_its_own_types(secure):
    settings = {
        "MAIL_PORT": 25,
        "MAIL_USE_TLS": False,
        "MAIL_SERVER": "",
        "MAIL_USERNAME": None,
        "DEBUG": True,
    }
    before = dict(settings)

    undo = configure(settings, secure)

    assert settings == {
        "MAIL_PORT": secure.port,
        "MAIL_USE_TLS": True,
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_USERNAME": "shop",
        "DEBUG": True,
    }
    undo()
    assert settings == before


def test_the_keys_of_a_mapping_may_be_in_lower_case(mailsink):
    settings = {"smtp_host": "smtp.example.org", "smtp_port": 587, "smtp_use_tls": True, 1: "other"}

    undo = configure(settings, mailsink)

    assert settings == {
        "smtp_host": "127.0.0.1",
        "smtp_port": mailsink.port,
        "smtp_use_tls": False,
        1: "other",
    }
    undo()
    assert settings["smtp_host"] == "smtp.example.org"


def test_an_empty_mapping_gets_everything(mailsink):
    settings: dict[str, str] = {}

    undo = configure(settings, mailsink)

    assert settings == mailsink.env
    undo()
    assert settings == {}


def test_variables_are_put_back_as_they_were(monkeypatch):
    monkeypatch.delenv("MAILSINK_EXAMPLE", raising=False)

    undo = set_environment({"MAILSINK_EXAMPLE": "1"})

    assert os.environ["MAILSINK_EXAMPLE"] == "1"
    undo()
    assert "MAILSINK_EXAMPLE" not in os.environ


# --- Flask


@pytest.fixture
def app():
    app = Flask("shop")
    app.testing = True
    app.config.update(MAIL_SERVER="smtp.example.org", MAIL_PORT=25, MAIL_DEFAULT_SENDER="shop@example.com")
    return app


def test_flask_mail_sends_here_though_it_was_set_up_before(app, mailsink):
    extension = FlaskMail(app)
    mailsink.configure(app)

    with app.app_context():
        extension.send(FlaskMessage("Hello", recipients=["ada@example.org"], bcc=["audit@example.com"]))

    assert mailsink.expect(subject="Hello").bcc == ["audit@example.com"]
    mailsink.restore()
    state = app.extensions["mail"]
    assert (state.server, state.port, state.suppress) == ("smtp.example.org", 25, True)
    assert app.config["MAIL_SERVER"] == "smtp.example.org"
    assert "MAIL_SUPPRESS_SEND" not in app.config


def test_flask_mail_logs_in_and_encrypts(app, secure):
    extension = FlaskMail(app)
    secure.configure(app)

    with app.app_context():
        extension.send(FlaskMessage("Hello", recipients=["ada@example.org"]))

    secure.expect(auth_user="shop", tls="starttls")


def test_flask_mail_that_is_set_up_later_reads_the_configuration(app, mailsink):
    mailsink.configure(app)
    extension = FlaskMail(app)

    with app.app_context():
        extension.send(FlaskMessage("Hello", recipients=["ada@example.org"]))

    mailsink.expect(subject="Hello")


def test_flask_mailman_sends_here(app, secure):
    Mailman(app)
    secure.configure(app)

    with app.app_context():
        MailmanMessage("Hello", "Hi", to=["ada@example.org"]).send()

    secure.expect(subject="Hello", auth_user="shop", tls="starttls")
    secure.restore()
    assert app.extensions["mailman"].backend == "locmem"


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.parametrize("fixture", ["mailsink", "secure"])
def test_flask_mailing_sends_here(app, fixture, request):
    server = request.getfixturevalue(fixture)
    app.config.update(MAIL_USERNAME="ada", MAIL_PASSWORD="other", SUPPRESS_SEND=1)
    extension = Mailing(app)
    server.trust()
    server.configure(app)

    asyncio.run(extension.send_mail("Hello", "Hi", ["ada@example.org"]))
    # Over TLS it leaves its connection to the loop, which is closed before the peer's close_notify came: what
    # is left of it is to warn here, where it is expected, and not in whichever test comes later.
    gc.collect()

    mail = server.expect(subject="Hello")
    assert mail.auth_user == ("shop" if fixture == "secure" else None)
    assert (mail.tls is not None) == (fixture == "secure")
    server.restore()
    assert (extension.config.MAIL_SERVER, extension.config.SUPPRESS_SEND) == ("smtp.example.org", 1)


# --- pydantic


def test_pydantic_settings_get_what_their_fields_name(secure):
    settings = Settings()

    undo = configure(settings, secure)

    assert (settings.smtp_host, settings.smtp_port, settings.email_use_tls) == (
        "127.0.0.1",
        secure.port,
        True,
    )
    assert settings.smtp_password.get_secret_value() == "s3cret"
    assert settings.name == "shop"
    undo()
    assert settings == Settings()


def test_frozen_settings_too(mailsink):
    class Frozen(BaseModel):
        model_config = ConfigDict(frozen=True)
        email_host: str = ""

    settings = Frozen()
    undo = configure(settings, mailsink)

    assert settings.email_host == "127.0.0.1"
    undo()
    assert settings.email_host == ""


class ConnectionConfig(BaseModel):
    """The words of fastapi-mail."""

    MAIL_SERVER: str = "smtp.example.org"
    MAIL_PORT: int = 587
    MAIL_USERNAME: str = "old"
    MAIL_PASSWORD: SecretStr = SecretStr("old")
    MAIL_STARTTLS: bool = False
    MAIL_SSL_TLS: bool = True
    USE_CREDENTIALS: bool = True
    SUPPRESS_SEND: int = 1
    CERT_BUNDLE: str | None = None


class FastMail:
    def __init__(self):
        self.config = ConnectionConfig()


def test_fastapi_mail_by_itself_or_by_its_config(secure, mailsink):
    fast = FastMail()

    undo = configure(fast, secure)

    assert (fast.config.MAIL_STARTTLS, fast.config.MAIL_SSL_TLS) == (True, False)
    assert (fast.config.USE_CREDENTIALS, fast.config.SUPPRESS_SEND) == (True, 0)
    assert secure.env["SSL_CERT_FILE"] == fast.config.CERT_BUNDLE
    undo()
    assert fast.config == ConnectionConfig()
    configure(fast.config, mailsink)
    assert (mailsink.port, False) == (fast.config.MAIL_PORT, fast.config.USE_CREDENTIALS)


# --- what is not known


def test_settings_without_a_known_field_are_refused(mailsink):
    class Other(BaseModel):
        host: str = ""
        port: int = 0

    with pytest.raises(TypeError) as caught:
        mailsink.configure(Other())

    assert str(caught.value) == (
        "configure(Other): none of its fields is known (host, port); "
        "known are names such as smtp_host, email_port and mail_server"
    )


def test_django_needs_no_call(mailsink):
    from django.conf import settings

    with pytest.raises(TypeError) as caught:
        mailsink.configure(settings)

    assert str(caught.value) == (
        "configure(LazySettings): Django needs no call; its mail comes here as soon as a test asks for "
        "mailsink, unless mailsink_django is off"
    )


def test_anything_else_is_refused(mailsink):
    with pytest.raises(TypeError) as caught:
        mailsink.configure(object())

    assert str(caught.value) == (
        "configure(object): it is not known how; give a Flask app, a FastMail or its ConnectionConfig, "
        "a pydantic settings object or a mapping such as os.environ, "
        "or tell your code mailsink.host and mailsink.port"
    )

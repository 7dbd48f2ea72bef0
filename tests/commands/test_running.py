from __future__ import annotations

import sys
from pathlib import Path

import pytest

from mailsink import Credentials, Policy, Sink
from mailsink.commands.output import CommandError
from mailsink.commands.running import environment_of, run_command
from mailsink.settings import resolve


def test_the_environment_tells_of_the_first_listener(sink):
    found = environment_of(sink, resolve({"auth": ("ada:s3cret",)}, {}), "http://127.0.0.1:8025")

    assert found["MAILSINK_URL"] == "http://127.0.0.1:8025"
    assert found["SMTP_PORT"] == str(sink.port)
    assert found["SMTP_USER"] == "ada"


def test_with_tls_it_tells_whom_to_trust():
    with Sink(smtp=()) as sink:
        sink.listen(tls="implicit")

        found = environment_of(sink, resolve({}, {}), "http://x")

        assert found["SMTP_URL"].startswith("smtps://")
        assert "BEGIN CERTIFICATE" in Path(found["SSL_CERT_FILE"]).read_text()


def test_a_listener_of_every_interface_is_reached_on_this_machine():
    with Sink(smtp=()) as sink:
        sink.listen("127.0.0.1", policy=Policy(lmtp=True))
        sink.listen("0.0.0.0", policy=Policy(credentials=Credentials(anyone=True), require_auth=True))

        found = environment_of(sink, resolve({}, {}), "http://x")

    assert (found["SMTP_HOST"], found["SMTP_USER"]) == ("127.0.0.1", "mailsink")


def test_without_a_port_it_tells_of_the_inbox_alone(tmp_path):
    with Sink(smtp=()) as sink:
        sink.listen(f"unix:{tmp_path}/smtp")

        assert environment_of(sink, resolve({}, {}), "http://x") == {"MAILSINK_URL": "http://x"}


def test_a_command_runs_to_its_end():
    assert (
        run_command([sys.executable, "-c", "import os; os._exit(int(os.environ['CODE']))"], {"CODE": "4"})
        == 4
    )


def test_a_command_that_is_not_there_is_said():
    with pytest.raises(CommandError) as error:
        run_command(["not-there-at-all"], {})

    assert error.value.code == 127

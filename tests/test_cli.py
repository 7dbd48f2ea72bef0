from __future__ import annotations

import json
import os
import signal
import smtplib
import socket
import ssl
import stat
import subprocess
import sys
import time
import urllib.request
from base64 import b64encode
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import serving
from receiving import receiving
from sending import in_data, mail, raw, send
from serving import Server

import mailsink
from mailsink.settings import OPTIONS
from mailsink.smtp.tls import Certificates
from mailsink.sockets import bind

WRITABLE = "name a file in a directory that can be written"
IN_USE = "the port is in use; choose another, or 0 to let the system choose"
STOPPING = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])


@pytest.fixture
def taken():
    """The number of a port that somebody else listens at."""
    with bind("127.0.0.1", 0, what="test") as listener:
        yield listener.getsockname()[1]


def failure(*arguments: str, **environment: str) -> tuple[int, str]:
    """Run the command; return its exit code and its one line on stderr, which holds no traceback."""
    done = serving.run(*arguments, **environment)
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    return done.returncode, done.stderr.removesuffix("\n")


# --- help


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["serve", "--help"]], ids=" ".join)
def test_help_lists_every_option_with_its_variable(arguments):
    done = serving.run(*arguments)

    said = " ".join(done.stdout.split())
    assert done.returncode == 0
    assert [o.name for o in OPTIONS if f"{o.flag} {o.metavar} {o.help}".replace("  ", " ") not in said] == []
    assert [o.name for o in OPTIONS if f"[env: {o.variable}" not in said] == []
    assert "--config FILE Read settings from this TOML file. [env: MAILSINK_CONFIG]" in said


def test_help_names_the_defaults():
    said = " ".join(serving.run("--help").stdout.split())

    defaults = {o.name: ", ".join(o.default) if isinstance(o.default, tuple) else o.default for o in OPTIONS}
    shown = {o.name: defaults[o.name] for o in OPTIONS if defaults[o.name] and not o.is_switch}
    assert [name for name, default in shown.items() if f"; default: {default}]" not in said] == []


def test_help_says_what_mailsink_is():
    said = serving.run("--help").stdout

    assert said.startswith(
        "Usage: mailsink [OPTIONS] COMMAND [ARGS]...\n"
        "\n"
        "  Catch every mail that code sends.\n"
        "\n"
        "  Without a command, mailsink serves: it takes mail by SMTP and shows it in\n"
        "  the browser.\n"
    )


def test_help_to_a_reader_that_has_gone_ends_without_a_traceback():
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [*serving.COMMAND, "--help"], stdout=writer, stderr=subprocess.PIPE, check=False, timeout=20
        )
    finally:
        os.close(writer)

    assert done.stderr == b""


# --- wrong usage: one line, exit 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--smpt", "25"], "no such option --smpt; did you mean --smtp?"),
        (["serve", "--redy-file=x"], "no such option --redy-file; did you mean --ready-file?"),
        (["--hepl"], "no such option --hepl; did you mean --help?"),
        (
            ["--limit", "5", "list"],
            "--limit is no option of serve; it stands after the command, one of list",
        ),
        (["--quiet-please"], "no such option --quiet-please; see mailsink --help"),
        (["-x"], "no such option -x; see mailsink --help"),
        (["serv"], "no such command serv; did you mean serve?"),
        (["help"], "no such command help; did you mean --help?"),
        (["version"], "no such command version; did you mean --version?"),
        (["frobnicate"], "no such command frobnicate; see mailsink --help"),
        (["serve", "now"], "got unexpected extra argument (now); see mailsink serve --help"),
        (["--smtp"], "option '--smtp' requires an argument; see mailsink --help"),
        (["--smtp", "mail"], "--smtp mail: an address is [HOST:]PORT with a port from 0 to 65535"),
        (["--smtp", "a\nb"], "--smtp a b: an address is [HOST:]PORT with a port from 0 to 65535"),
        (["--store", ""], "--store : a store is memory, or the path of a SQLite file"),
        (
            ["--config", "/no.toml"],
            "--config /no.toml: No such file or directory; name a TOML file that can be read",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_wrong_usage_is_one_line(arguments, said):
    assert failure(*arguments) == (2, f"mailsink: {said}")


def test_a_bad_variable_is_wrong_usage():
    assert failure(MAILSINK_HTTP="web") == (
        2,
        "mailsink: MAILSINK_HTTP=web: an address is [HOST:]PORT with a port from 0 to 65535",
    )


def test_an_unknown_key_is_wrong_usage(tmp_path):
    config = tmp_path / "mailsink.toml"
    config.write_text("stoer = 'mail.db'\n")

    assert failure("--config", str(config)) == (
        2,
        f"mailsink: {config}: the key 'stoer' is not known; did you mean 'store'?",
    )


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("plan.toml", "[[rule]]\nstage = 'rctp'\nclose = true\n", "rule 1: the stage 'rctp' is not known; "),
        ("plan.yaml", "- {probability: 3, close: true}\n", "rule 1: the probability 3 is "),
        ("plan.toml", "close", "not TOML: "),
        ("plan.yaml", "a: [", "not YAML: "),
    ],
)  # fmt: skip
def test_wrong_fault_rules_are_wrong_usage(name, text, said, tmp_path):
    file = tmp_path / name
    file.write_text(text)

    code, sentence = failure("--faults", str(file))

    assert code == 2
    assert sentence.startswith(f"mailsink: --faults {file}: {said}")


def test_two_fault_files_with_the_same_id_are_wrong_usage(tmp_path):
    file = tmp_path / "plan.toml"
    file.write_text("[[rule]]\nid = 'full'\nclose = true\n")

    assert failure("--faults", str(file), "--faults", str(file)) == (
        2,
        "mailsink: fault full: the id is taken; choose another, or replace that rule",
    )


# --- could not start: one line, exit 3


def test_an_smtp_port_in_use_is_one_line(taken):
    assert failure("--smtp", str(taken), "--http", "0") == (
        3,
        f"mailsink: --smtp 127.0.0.1:{taken}: {IN_USE}",
    )


def test_an_http_port_in_use_is_one_line(taken):
    assert failure("--smtp", "0", "--http", str(taken)) == (
        3,
        f"mailsink: --http 127.0.0.1:{taken}: {IN_USE}",
    )


def test_a_store_in_a_directory_that_is_not_there_is_one_line(tmp_path):
    store = tmp_path / "missing" / "mail.db"

    code, said = failure("--smtp", "0", "--http", "0", "--store", str(store))

    assert code == 3
    assert said == (
        f"mailsink: {store}: there is no directory {store.parent}: make it first, or name another file"
    )


def test_a_ready_file_that_cannot_be_written_is_one_line(tmp_path):
    file = tmp_path / "missing" / "ready.json"

    assert failure("--smtp", "0", "--http", "0", "--ready-file", str(file)) == (
        3,
        f"mailsink: --ready-file {file}: No such file or directory; {WRITABLE}",
    )


def test_a_ready_file_that_is_a_directory_is_one_line_and_leaves_no_draft(tmp_path):
    file = tmp_path / "directory"
    file.mkdir()

    code, said = failure("--smtp", "0", "--http", "0", "--ready-file", str(file))

    assert code == 3
    assert said == (f"mailsink: --ready-file {file}: Is a directory; {WRITABLE}")
    assert list(tmp_path.iterdir()) == [file]


def test_what_failed_to_start_leaves_no_ready_file(taken, tmp_path):
    file = tmp_path / "ready.json"
    file.write_text("from an earlier run")

    failure("--smtp", str(taken), "--http", "0", "--ready-file", str(file))

    assert not file.exists()


# --- serving


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("server"), "--smtp", "0", "--smtp", "127.0.0.1:0") as server:
        yield server


def test_the_banner_says_where_to_send_and_where_to_look(server):
    first, second = (f"{x['host']}:{x['port']}" for x in server.ready["smtp"])

    assert server.banner == (
        f"mailsink {mailsink.__version__}\n"
        f"  send mail to  {first}\n"
        f"  send mail to  {second}\n"
        f"  look at it    {server.http}\n"
        "  it is kept in memory, gone when mailsink stops\n"
        "Stop with Ctrl+C.\n"
    )


def test_the_ready_file_says_where_everything_listens(server):
    assert server.ready == {
        "pid": server.process.pid,
        "smtp": [
            {"host": "127.0.0.1", "port": server.ready["smtp"][0]["port"], "tls": "none"},
            {"host": "127.0.0.1", "port": server.ready["smtp"][1]["port"], "tls": "none"},
        ],
        "http": server.http,
        "ca_file": None,
    }


def test_the_ready_file_is_readable_by_others_and_alone(server):
    mask = os.umask(0)
    os.umask(mask)

    assert stat.S_IMODE(server.ready_file.stat().st_mode) == 0o666 & ~mask
    assert list(server.ready_file.parent.iterdir()) == [server.ready_file]


def test_everything_listens_once_the_ready_file_is_there(server):
    send(server.smtp)
    with urllib.request.urlopen(f"{server.http}/", timeout=20) as answer:
        assert answer.status == 200


def test_a_warning_does_not_keep_it_from_starting(tmp_path):
    done = serving.run("--smtp", "0", "--http", "0", "--ready-file", str(tmp_path), MAILSINK_STOER="x")

    assert done.stderr.splitlines()[0] == (
        "mailsink: the variable MAILSINK_STOER is not known and was ignored; did you mean MAILSINK_STORE?"
    )


def test_settings_reach_the_sink(tmp_path):
    options = ("--hostname", "mx.example.org", "--max-size", "1k")
    with Server(tmp_path, *options) as server, raw(server.smtp) as client:
        greeting = client.reply()
        offered = client.ask(b"EHLO client.example.org")

    assert greeting == b"220 mx.example.org ESMTP mailsink\r\n"
    assert b"\r\n250-SIZE 1024\r\n" in offered


# --- stopping


PLAN = {
    "plan.toml": "[[rule]]\nid = 'full'\nstage = 'rcpt'\nrcpt = '*@full.example'\nreply = '452 4.2.2 Full'\n",
    "plan.yaml": "- {id: full, stage: rcpt, rcpt: '*@full.example', reply: 452 4.2.2 Full}\n",
}


@pytest.mark.parametrize("name", PLAN)
def test_fault_rules_out_of_a_file_break_delivery(name, tmp_path):
    (tmp_path / name).write_text(PLAN[name])

    with Server(tmp_path, "--faults", str(tmp_path / name)) as server:
        send(server.smtp)
        with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
            send(server.smtp, rcpt="ada@full.example")
        with urllib.request.urlopen(f"{server.http}/api/faults/full", timeout=20) as answer:
            rule = json.load(answer)

    assert caught.value.recipients == {"ada@full.example": (452, b"4.2.2 Full")}
    assert rule["hits"] == 1


def test_it_listens_as_a_provider(tmp_path):
    with Server(tmp_path, "--provider", "ses=0", "--provider", "gateway=0") as server:
        listeners = [(one["host"], one["port"]) for one in server.ready["smtp"]]
        with urllib.request.urlopen(f"{server.http}/api/faults", timeout=20) as answer:
            rules = json.load(answer)["rules"]
        with raw(listeners[1]) as client:
            greeting = client.reply()

    assert "(STARTTLS required, AUTH required)" in server.banner
    assert greeting.startswith(b"220 email-smtp.amazonaws.example")
    assert {rule["id"].partition("-")[0] for rule in rules} == {"ses", "gateway"}
    assert not any(rule["enabled"] for rule in rules)


@STOPPING
def test_a_signal_stops_it_cleanly_within_two_seconds(number, tmp_path):
    with Server(tmp_path) as server:
        began = time.monotonic()
        code, errors = server.stop(number)
        took = time.monotonic() - began

    assert (code, errors) == (0, "")
    assert took < 2


@STOPPING
def test_stopping_removes_the_ready_file(number, tmp_path):
    with Server(tmp_path) as server:
        server.stop(number)

        assert not server.ready_file.exists()


def test_a_signal_stops_it_within_two_seconds_while_clients_are_sending(tmp_path):
    with Server(tmp_path) as server, in_data(server.smtp, mail()):
        began = time.monotonic()
        code, errors = server.stop()
        took = time.monotonic() - began

    assert (code, errors) == (0, "")
    assert took < 2


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="needs the signal")
def test_a_terminal_that_is_closed_stops_it(tmp_path):
    # The tests themselves may run by nohup.
    code = "import signal; signal.signal(signal.SIGHUP, signal.SIG_DFL); from mailsink import cli; cli.main()"
    with Server(tmp_path, command=(sys.executable, "-c", code)) as server:
        assert server.stop(signal.SIGHUP) == (0, "")

    assert not (tmp_path / "ready.json").exists()


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="needs the signal")
def test_by_nohup_it_serves_on(tmp_path):
    code = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); from mailsink import cli; cli.main()"
    with Server(tmp_path, command=(sys.executable, "-c", code)) as server:
        server.process.send_signal(signal.SIGHUP)

        # A second signal that counts would end it at once, with another code.
        assert server.stop(signal.SIGTERM) == (0, "")


# Stopping never hangs of itself: this one is made to.
HANGING = (
    "import os, sys, threading\n"
    "from mailsink import Sink, cli\n"
    "def hang(self, *error):\n"
    "    os.write(2, b'hanging\\n')\n"
    "    threading.Event().wait()\n"
    "Sink.__exit__ = hang\n"
    "cli.main()\n"
)


@STOPPING
def test_a_second_signal_ends_it_at_once_even_when_stopping_hangs(number, tmp_path):
    with Server(tmp_path, command=(sys.executable, "-c", HANGING)) as server:
        server.process.send_signal(number)
        assert server.process.stderr.readline() == "hanging\n"

        code, errors = server.stop(number)

    assert (code, errors) == (128 + number, "")


# --- other names


@pytest.mark.skipif(os.name != "posix", reason="needs symbolic links")
def test_as_a_link_named_sendmail_it_is_sendmail(tmp_path):
    link = tmp_path / "sendmail"
    link.symlink_to(Path(sys.executable).with_name("mailsink"))
    with mailsink.Sink() as sink:
        done = subprocess.run(
            [link, "--smtp", f"{sink.host}:{sink.port}", "-t", "-i"],
            input=b"To: ada@example.org\nSubject: Linked\n\nHi\n",
            env=serving.environment(),
            check=False,
        )

        assert done.returncode == 0
        assert sink.inbox.expect(subject="Linked")


@pytest.mark.skipif(os.name != "posix", reason="needs symbolic links")
def test_as_a_link_named_mailq_it_lists_the_queue(tmp_path):
    link = tmp_path / "mailq"
    link.symlink_to(Path(sys.executable).with_name("mailsink"))

    done = subprocess.run([link], capture_output=True, env=serving.environment(), check=False, text=True)

    assert (done.returncode, done.stdout, done.stderr) == (0, "Mail queue is empty\n", "")


# --- streams that are gone


def test_it_serves_on_when_the_reader_of_its_banner_has_gone(tmp_path):
    ready = tmp_path / "ready.json"
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.Popen(
        [*serving.COMMAND, "--smtp", "0", "--http", "0", "--ready-file", str(ready), "--max-size", "1k"],
        env=serving.environment(),
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(writer)
    try:
        send(await_ready(ready, process))
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=20)
    finally:
        process.kill()

    assert (process.returncode, errors) == (0, "")


def await_ready(file: Path, process: subprocess.Popen) -> tuple[str, int]:
    """Wait for a ready file where no banner can be read."""
    wait = 'until [ -s "$0" ]; do kill -0 "$1" || exit; sleep 0.02; done'
    subprocess.run(["sh", "-c", wait, str(file), str(process.pid)], timeout=20, check=True)
    smtp = json.loads(file.read_text("utf-8"))["smtp"][0]
    return smtp["host"], smtp["port"]


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_it_starts_and_stops_without_the_standard_streams(closed, tmp_path):
    ready = tmp_path / "ready.json"
    command = ["sh", "-c", f'exec "$@" {closed}', "sh", *serving.COMMAND]
    process = subprocess.Popen(
        [*command, "--smtp", "0", "--http", "0", "--ready-file", str(ready)],
        env=serving.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        send(await_ready(ready, process))
        process.send_signal(signal.SIGTERM)
        code = process.wait(20)
    finally:
        process.kill()

    assert code == 0


def test_a_failure_that_nobody_can_hear_keeps_its_exit_code():
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >&- 2>&-', "sh", *serving.COMMAND, "--smpt", "25"], check=False, timeout=20
    )

    assert done.returncode == 2


def test_a_token_is_asked_for_where_one_was_given(tmp_path):
    with Server(tmp_path, "--token", "full-secret", "--read-token", "read-secret") as server:
        where = urlsplit(server.ready["http"])

        def status(method, token):
            with closing(HTTPConnection(where.hostname, where.port)) as client:
                client.request(method, "/api/messages", headers={"Authorization": f"Bearer {token}"})
                return client.getresponse().status

        asked = [status("GET", "none"), status("GET", "read-secret"), status("DELETE", "read-secret")]

        assert [*asked, status("DELETE", "full-secret")] == [401, 200, 403, 200]


def test_a_password_out_of_a_file_is_asked_for(tmp_path):
    line = subprocess.run(
        [*serving.COMMAND, "password", "ada"], input="s3cret\n", capture_output=True, text=True, check=True
    ).stdout
    (tmp_path / "users").write_text(line)

    with Server(tmp_path, "--http-auth", f"@{tmp_path / 'users'}") as server:
        where = urlsplit(server.http)
        asked = []
        for words in (None, b"ada:wrong", b"ada:s3cret"):
            with closing(HTTPConnection(where.hostname, where.port)) as client:
                sent = {} if words is None else {"Authorization": f"Basic {b64encode(words).decode()}"}
                client.request("GET", "/", headers=sent)
                asked.append(client.getresponse().status)

    assert asked == [401, 401, 200]


def test_pages_are_served_under_tls_by_the_authority_that_the_ready_file_names(tmp_path):
    with Server(tmp_path, "--http-tls", "--allow-host", "mail.example.org") as server:
        trusting = ssl.create_default_context(cafile=server.ready["ca_file"])
        with urllib.request.urlopen(f"{server.http}/api/livez", timeout=20, context=trusting) as answer:
            assert answer.status == 200
        where = urlsplit(server.http)
        plain = socket.create_connection((where.hostname, where.port), timeout=20)
        with trusting.wrap_socket(plain, server_hostname="mail.example.org") as tls:
            assert tls.version() == "TLSv1.3"

    assert where.scheme == "https"
    assert f"look at it    {server.http}\n" in server.banner


def test_pages_may_have_a_certificate_of_their_own(tmp_path):
    maker = Certificates()
    cert, key = maker.issue("localhost", "127.0.0.1", directory=tmp_path)
    trusting = ssl.create_default_context(cadata=maker.ca_pem().decode())

    with (
        Server(tmp_path, "--http-tls-cert", str(cert), "--http-tls-key", str(key)) as server,
        urllib.request.urlopen(f"{server.http}/api/livez", timeout=20, context=trusting) as answer,
    ):
        assert answer.status == 200

    assert server.ready["ca_file"] is None


def test_everything_lies_below_a_path(tmp_path):
    with Server(tmp_path, "--base-path", "/mail", "--trust-proxy", "127.0.0.0/8") as server:
        with urllib.request.urlopen(f"{server.http}/api/openapi.json", timeout=20) as answer:
            document = json.load(answer)
        asked = urllib.request.Request(f"{server.http}/", headers={"X-Forwarded-Prefix": "/tools"})
        with urllib.request.urlopen(asked, timeout=20) as answer:
            page = answer.read().decode()

    assert server.http.endswith("/mail")
    assert document["servers"] == [{"url": "/mail"}]
    assert 'href="/tools/mail/sessions"' in page


def test_a_webhook_is_told_of_what_its_query_finds(tmp_path):
    with receiving() as receiver:
        options = (
            "--webhook",
            receiver.url,
            "--webhook-query",
            "subject:Welcome",
            "--webhook-secret",
            "s3cret",
        )
        with Server(tmp_path, *options) as server:
            send(server.smtp, mail("Goodbye"))
            send(server.smtp, mail("Welcome"))
            received = receiver.next()

            assert b'"subject":"Welcome"' in received.body
            assert received.headers["webhook-signature"].startswith("v1,")
            assert receiver.is_quiet
            server.stop()


def test_a_webhooks_query_that_cannot_be_read_is_wrong_usage():
    done = serving.run(
        "serve",
        "--smtp",
        "0",
        "--http",
        "0",
        "--webhook",
        "http://127.0.0.1:9/",
        "--webhook-query",
        "larger:x",
    )

    assert done.returncode == 2
    assert done.stderr.startswith("mailsink: --webhook-query larger:x: ")

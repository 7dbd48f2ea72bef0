from __future__ import annotations

import contextlib
import mailbox
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from serving import COMMAND, TIMEOUT, environment, run

SEND = """
import os, smtplib, ssl, sys
with smtplib.SMTP(os.environ["SMTP_HOST"], int(os.environ["SMTP_PORT"])) as client:
    if "SMTP_USER" in os.environ:
        client.starttls(context=ssl.create_default_context())
        client.login(os.environ["SMTP_USER"], os.environ["SMTP_PASSWORD"])
    client.sendmail("shop@example.org", ["ada@example.org"], "Subject: Welcome\\r\\n\\r\\nHello")
sys.exit(int(sys.argv[1]))
"""


def ran(*arguments, code=0, **more):
    done = run("run", *map(str, arguments), "--", sys.executable, "-c", SEND, str(code), **more)
    return done.returncode, done.stderr


@pytest.mark.parametrize("code", [0, 5])
def test_what_the_command_sends_is_caught_and_its_code_given_back(code):
    ended, said = ran(code=code)

    assert ended == code
    assert said.startswith("mailsink: caught 1 message\n  ")
    assert said.endswith("shop@example.org -> ada@example.org  'Welcome'\n")


def test_an_expectation_that_is_met_says_nothing():
    assert ran("--quiet", "--expect", "subject:welcome", "--expect", "rcpt:ada@example.org") == (0, "")


def test_an_expectation_that_is_not_met_fails():
    code, said = ran("--quiet", "--expect", "subject:invoice", "--timeout", "0")

    assert code == 1
    assert said.startswith("mailsink: expected 1 message, got 0")
    assert "subject:invoice  'Welcome'" in said


def test_the_command_s_own_failure_goes_before():
    assert ran("--quiet", "--expect", "subject:invoice", "--timeout", "0", code=7)[0] == 7


def test_what_was_caught_is_exported(tmp_path):
    target = tmp_path / "caught.mbox"

    assert ran("--quiet", "--export", target) == (0, "")

    with contextlib.closing(mailbox.mbox(target)) as box:
        assert [mail["Subject"] for mail in box] == ["Welcome"]


def test_login_and_tls_are_told():
    code, said = ran("--require-tls", "--auth", "shop:s3cret", "--auth-required")

    assert code == 0, said


def test_a_server_that_runs_already_is_not_in_the_way():
    assert ran("--quiet", MAILSINK_SMTP="127.0.0.1:1", MAILSINK_HTTP="127.0.0.1:1") == (0, "")


def test_faults_come_out_of_a_file(tmp_path):
    rules = tmp_path / "rules.toml"
    rules.write_text('[[rule]]\nstage = "rcpt"\nreply = "550 5.1.1 Unknown"\n')

    code, said = ran("--faults", rules)

    assert code == 1
    assert said.endswith("mailsink: caught no messages\n")


def test_a_nested_command_finds_the_inbox():
    inner = f"{' '.join(COMMAND)} send --subject Inner && {' '.join(COMMAND)} wait subject:inner --print id"

    done = run("run", "--quiet", "--http-auth", "ada:s3cret", "--", "sh", "-c", inner)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (
            ["--", "not-there-at-all"],
            127,
            "not-there-at-all is not there; name a program that is in the PATH",
        ),
        (["--", "/"], 126, "/ cannot be run: Permission denied"),
        (["--expect", "is:xyz", "--", "true"], 2, "--expect is:xyz: is:xyz is not known"),
        (["--export", "/", "--", "true"], 2, "--export /: it is there already; name another"),
        ([], 2, "missing argument"),
    ],
)
def test_what_is_wrong_is_said(arguments, code, sentence):
    done = run("run", *arguments)

    assert done.returncode == code
    assert done.stderr.startswith(f"mailsink: {sentence}")


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a directory that takes no file")
def test_where_nothing_can_be_written_the_command_does_not_run(tmp_path):
    done = run("run", "--export", "/proc/self/mail.mbox", "--", "touch", str(tmp_path / "ran"))

    said = "No such file or directory; name a place that can be written to"
    assert (done.returncode, done.stderr) == (2, f"mailsink: --export /proc/self/mail.mbox: {said}\n")
    assert not (tmp_path / "ran").exists()


def test_a_directory_is_no_place_for_a_file(tmp_path):
    done = run("run", "--export", str(tmp_path), "--format", "mbox", "--", "true")

    assert (done.returncode, done.stderr) == (
        2,
        f"mailsink: --export {tmp_path}: it is a directory, and mbox makes a file; name another\n",
    )


def test_what_the_command_deletes_was_caught_all_the_same(tmp_path):
    target = tmp_path / "caught.mbox"
    code = (
        "import mailsink, os, smtplib\n"
        "with smtplib.SMTP(os.environ['SMTP_HOST'], int(os.environ['SMTP_PORT'])) as smtp:\n"
        "    smtp.sendmail('', ['ada@example.org'], 'Subject: Gone\\r\\n\\r\\nHi')\n"
        "with mailsink.Client() as client:\n"
        "    client.clear()\n"
    )

    done = run("run", "--expect", "subject:gone", "--export", str(target), "--", sys.executable, "-c", code)

    assert (done.returncode, done.stderr[:27]) == (0, "mailsink: caught 1 message\n")
    assert b"Subject: Gone" in target.read_bytes()


def test_a_store_of_an_earlier_run_does_not_meet_an_expectation(tmp_path):
    store = ("--store", tmp_path / "mail.db", "--quiet")
    assert ran(*store) == (0, "")

    done = run("run", *map(str, store), "--expect", "subject:welcome", "--timeout", "0", "--", "true")

    assert done.returncode == 1


@pytest.mark.skipif(os.name != "posix", reason="needs a shell")
def test_what_calls_sendmail_is_caught():
    python = (
        "import subprocess\n"
        "subprocess.run(['sendmail', '-oi', '-f', 'cron@example.org', 'ada@example.org'],"
        " input=b'Subject: Python\\n\\nHi\\n', check=True)\n"
    )
    perl = (
        "open(my $mail, '|-', 'sendmail -oi -t -odq') or die;"
        ' print $mail "To: ada\\@example.org\\nBcc: bob\\@example.org\\nSubject: Perl\\n\\nHi\\n";'
        " close($mail) or die $?;"
    )
    # As PHP's mail() does by default.
    php = "printf 'To: ada@example.org\\r\\nSubject: PHP\\r\\n\\r\\nHi\\n' | sendmail -t -i"
    script = f"{shlex.join([sys.executable, '-c', python])} && {shlex.join(['perl', '-e', perl])} && {php}"
    wanted = ("sender:cron@example.org subject:python", "rcpt:bob@example.org subject:perl", "subject:php")

    done = run("run", "--quiet", *(f"--expect={one}" for one in wanted), "--", "sh", "-c", script)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_is_passed_on(number):
    code = (
        "import signal, sys, threading\n"
        f"signal.signal({int(number)}, lambda *_: sys.exit(9))\n"
        "print('ready', flush=True)\nthreading.Event().wait(30)\n"
    )
    process = subprocess.Popen(
        [*COMMAND, "run", "--quiet", "--", sys.executable, "-c", code],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdout.readline() == b"ready\n"

    process.send_signal(number)
    process.communicate(timeout=TIMEOUT)

    assert process.returncode == 9


def test_a_command_that_a_signal_ends_has_the_shell_s_code():
    assert run("run", "--quiet", "--", "sh", "-c", "kill -9 $$").returncode == 137

from __future__ import annotations

import os
import pwd

import pytest

from mailsink.commands.output import CommandError
from mailsink.commands.sendmail import Call, read_call

MAIL = b"From: shop@example.org\nTo: Ada <ada@example.org>\nSubject: Hello\n\nHi\n"


@pytest.mark.parametrize(
    ("words", "call"),
    [
        ("-t -i", Call(from_header=True, ignore_dots=True)),
        ("-ti", Call(from_header=True, ignore_dots=True)),
        ("-oi -oem -odi a@x.example", Call(ignore_dots=True, rcpts=("a@x.example",))),
        ("-fada@example.org b", Call(sender="ada@example.org", rcpts=("b",))),
        ("-f ada@example.org b", Call(sender="ada@example.org", rcpts=("b",))),
        ("-r <> b", Call(sender="", rcpts=("b",))),
        ("-F Ada -N never b", Call(name="Ada", notify="NEVER", rcpts=("b",))),
        ("-bm b", Call(rcpts=("b",))),
        ("-bs", Call(mode="s")),
        ("-bp", Call(mode="p")),
        ("-q", Call(mode="q")),
        ("-q15m", Call(mode="q")),
        ("-I", Call(mode="i")),
        ("-t -- -b@x.example", Call(from_header=True, rcpts=("-b@x.example",))),
        ("-U -v -m a", Call(rcpts=("a",))),
        ("-O DeliveryMode=b a", Call(rcpts=("a",))),
    ],
)
def test_words_are_read_as_sendmail_reads_them(words, call):
    assert read_call(words.split()) == call


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("-Z", "sendmail does not know -Z; see mailsink sendmail --help"),
        ("--version", "sendmail does not know --version; see mailsink sendmail --help"),
        (
            "-bd",
            (
                "-bd is not taken; there are -bm (read a mail from the standard input), "
                "-bs (speak SMTP on the standard input), -bp (list the queue), -bi (build the aliases)"
            ),
        ),
    ],
)
def test_what_it_does_not_do_is_said(word, sentence):
    with pytest.raises(CommandError) as error:
        read_call([word])

    assert (str(error.value), error.value.code) == (sentence, 64)


@pytest.mark.parametrize(
    ("words", "said"), [("-bp", "Mail queue is empty\n"), ("-q", ""), ("-qf", ""), ("-bi", "")]
)
def test_the_queue_is_empty_whether_or_not_a_server_runs(command, words, said):
    assert command("sendmail", "--smtp", "127.0.0.1:9", words) == (0, said, "")


def test_recipients_come_from_the_words(command, sink):
    assert command("sendmail", "-f", "me@example.org", "a@example.org,b@example.org", stdin=MAIL) == (
        0,
        "",
        "",
    )

    message = sink.inbox.expect(sender="me@example.org")
    assert message.envelope.forward_paths == ("a@example.org", "b@example.org")
    assert message.header("Date")
    assert message.header("Message-ID")


def test_recipients_come_from_the_header_section(command, sink):
    mail = b"Bcc: x@example.org,\n y@example.org\nCc: c@example.org\n" + MAIL

    command("sendmail", "-t", "z@example.org", stdin=mail)

    message = sink.inbox.expect()
    assert message.envelope.forward_paths == tuple(
        f"{name}@example.org" for name in ("z", "x", "y", "c", "ada")
    )
    assert b"bcc" not in message.content.lower()
    assert message.content.startswith(b"Cc: c@example.org\r\nFrom:")


def test_resent_fields_go_before_the_others(command, sink):
    command("sendmail", "-t", stdin=b"Resent-To: again@example.org\n" + MAIL)

    assert sink.inbox.expect().envelope.forward_paths == ("again@example.org",)


def test_a_line_with_a_dot_ends_it_unless_told_otherwise(command, sink):
    command("sendmail", "a@example.org", stdin=MAIL + b".\nmore\n")
    command("sendmail", "-i", "b@example.org", stdin=MAIL + b".\nmore\n")

    assert sink.inbox.expect(rcpt="a@example.org").text == "Hi\n"
    assert sink.inbox.expect(rcpt="b@example.org").text == "Hi\n.\nmore\n"


def test_a_mail_without_fields_gets_them(command, sink):
    command(
        "sendmail", "-F", "Ada B", "-f", "ada@example.org", "a@example.org", stdin=b"From x Tue\nOnly text\n"
    )

    message = sink.inbox.expect()
    assert (message.header("From"), message.text) == ("Ada B <ada@example.org>", "Only text\n")


def test_without_a_word_of_it_a_mail_is_from_who_runs_it(command, sink, monkeypatch):
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)

    command("sendmail", "a@example.org", stdin=b"Subject: x\n\nHi\n")

    message = sink.inbox.expect()
    user = pwd.getpwuid(os.getuid()).pw_name
    assert message.envelope.reverse_path.partition("@")[0] == user
    assert message.from_[0].address == message.envelope.reverse_path


def test_what_is_asked_of_a_report_is_handed_on(command, sink):
    words = ("-R", "hdrs", "-V", "order+1 ü", "-N", "success,delay")

    command("sendmail", *words, "a@example.org", stdin=MAIL)

    envelope = sink.inbox.expect().envelope
    assert [str(one) for one in envelope.parameters][1:] == ["RET=HDRS", "ENVID=order+2B1+20+C3+BC"]
    assert [str(one) for one in envelope.recipients[0].parameters] == ["NOTIFY=SUCCESS,DELAY"]


def test_smtp_is_spoken_on_the_standard_streams(command, sink):
    commands = b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@example.org>\r\nDATA\r\n"

    code, said, _ = command("sendmail", "-bs", stdin=commands + b"Subject: S\r\n\r\n.\r\nQUIT\r\n")

    assert code == 0
    assert said.startswith("220 ")
    assert said.endswith("221 2.0.0 mailsink closes\r\n")
    assert sink.inbox.expect(subject="S")


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ([], 64, "there is no recipient; give one, or -t"),
        (["-t"], 64, "there is no recipient; and To, Cc and Bcc name none"),
        (["--smtp", "127.0.0.1:9", "a@x.example"], 75, "127.0.0.1:9 cannot be reached: Connection refused"),
        (["--smtp", "127.0.0.1:9", "-bs"], 75, "127.0.0.1:9 cannot be reached: Connection refused"),
        (
            ["--smtp", "x", "a@x.example"],
            64,
            "--smtp x: an address is [HOST:]PORT with a port from 0 to 65535",
        ),
        (
            ["--url", "http://127.0.0.1:9", "a@x.example"],
            75,
            "http://127.0.0.1:9 cannot be asked: Connection refused; is mailsink running there?",
        ),
    ],
)
def test_what_is_wrong_is_said(command, arguments, code, sentence):
    assert command("sendmail", *arguments, stdin=b"Subject: x\n\n") == (code, "", f"mailsink: {sentence}\n")


def test_after_two_hyphens_comes_no_option(command, sink):
    assert command("sendmail", "-i", "-f", "x@example.org", "--", "-bs@example.org", stdin=MAIL) == (
        0,
        "",
        "",
    )

    assert sink.inbox.expect(rcpt="-bs@example.org")


def test_smtp_is_not_spoken_where_tls_is_wanted_from_the_start(command, sink, web):
    for listener in sink.listeners:
        listener.close()
    listener = sink.listen(tls="implicit")

    assert command("sendmail", "-bs") == (
        69,
        "",
        f"mailsink: {listener.address} speaks TLS, and -bs does not\n",
    )


def test_a_refusal_s_code_says_that_trying_again_does_not_help(command, sink):
    sink.inbox.faults.add(stage="rcpt", reply="550 5.1.1 Unknown")

    assert command("sendmail", "a@example.org", stdin=MAIL)[0] == 67

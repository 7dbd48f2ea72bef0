from __future__ import annotations

import pytest


def test_a_test_mail_needs_no_words(command, sink):
    assert command("send") == (0, f"sent 1 mail to {sink.host}:{sink.port}\n", "")

    message = sink.inbox.expect(rcpt="ada@example.org", sender="mailsink@example.org", subject="Test mail")
    assert message.text == "This is a test mail.\n"
    assert message.header("Date")
    assert message.header("Message-ID")


def test_everything_can_be_said(command, sink, tmp_path):
    file = tmp_path / "report.pdf"
    file.write_bytes(b"%PDF")

    code, _, wrong = command(
        "send", "Bob <bob@example.org>", "--from", "Shop <shop@example.org>", "--cc", "cc@example.org",
        "--bcc", "bcc@example.org", "--subject", "Rechnung é", "--text", "-", "--html", "<b>Hi</b>",
        "--attach", file, "--header", "X-Kind: test", "--copies", "2",
        stdin=b"From the input",
    )  # fmt: skip

    assert (code, wrong) == (0, "")
    first, _ = sink.inbox.expect(count=2, subject="Rechnung é")
    assert first.envelope.forward_paths == ("bob@example.org", "cc@example.org", "bcc@example.org")
    assert first.envelope.reverse_path == "shop@example.org"
    assert first.bcc == ("bcc@example.org",)
    assert (first.text.strip(), first.html.strip()) == ("From the input", "<b>Hi</b>")
    assert first.attachments[0].content() == b"%PDF"
    assert first.header("X-Kind") == "test"


def test_a_file_is_sent_as_it_is(command, sink, tmp_path):
    file = tmp_path / "mail.eml"
    file.write_bytes(b"Subject: As it is\r\n\r\nHi\r\n")

    command("send", "--eml", file, "--reverse-path", "")

    assert sink.inbox.expect(sender="").content == file.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--copies", "0"], 2, "--copies 0: must be 1 or more"),
        (["--login", "ada"], 2, "--login ada: credentials are USER:PASSWORD"),
        (["--header", "Nothing"], 2, "--header Nothing: a header field is NAME:VALUE"),
        (["--subject", "a\nb"], 2, "a header field cannot be so: "),
        (["--eml", "gone.eml"], 2, "gone.eml: No such file or directory; name a file that can be read"),
        (["--smtp", "127.0.0.1:9"], 1, "127.0.0.1:9 cannot be reached: Connection refused"),
    ],
)
def test_what_is_wrong_is_said(command, arguments, code, sentence):
    ended, said, wrong = command("send", *arguments)

    assert (ended, said) == (code, "")
    assert wrong.startswith(f"mailsink: {sentence}")

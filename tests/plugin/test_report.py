from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

SEND = """
    import smtplib
    import pytest

    def send(where, subject="Hello", rcpt=("ada@example.org",), text="Hi"):
        head = "From: Shop <shop@example.com>\\r\\nTo: ada@example.org\\r\\nSubject:"
        content = f"{head} {subject}\\r\\n\\r\\n{text}"
        with smtplib.SMTP(where.host, where.port, timeout=10) as client:
            client.sendmail("shop@example.com", rcpt, content)
"""


def section(result: pytest.RunResult, title: str) -> list[str]:
    """The lines below a heading, up to the next one."""
    lines = [re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", line) for line in result.outlines]
    start = next(i for i, line in enumerate(lines) if re.fullmatch(rf"-+ {re.escape(title)} -+", line))
    rest = lines[start + 1 :]
    return rest[: next(i for i, line in enumerate(rest) if re.match(r"[-=_]{3,}", line))]


# --- sections of failing tests


FAILING = (
    SEND
    + """
    def test_it(mailsink):
        text = "\\r\\n".join(map(str, range(12)))
        send(mailsink, "Welcome", ["ada@example.org", "audit@example.com"], text)
        mailsink.fail("mail", "550 5.7.1 Not you", sender="shop@*")
        with pytest.raises(smtplib.SMTPSenderRefused):
            send(mailsink)
        assert 0
"""
)


@pytest.mark.parametrize("arguments", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_a_failing_test_shows_its_mail_and_its_trouble(run, arguments):
    result = run(FAILING, *arguments, plugins=("xdist",))

    result.assert_outcomes(failed=1)
    lines = section(result, "Captured mail (1)")
    assert re.sub(r"\d+ bytes", "N bytes", "\n".join(lines)).splitlines() == [
        "  1. shop@example.com -> ada@example.org, audit@example.com  'Welcome'",
        "       From: Shop <shop@example.com>",
        "       To: ada@example.org",
        "       (Bcc: audit@example.com)",
        "       (N bytes)",
        *(f"       | {number}" for number in range(10)),
        "       | and 2 more lines",
        "the client at 127.0.0.1:PORT was answered 550 5.7.1 Not you to MAIL",
    ]


def test_who_does_not_trust_the_certificate_is_told_what_helps(run):
    result = run(
        SEND
        + """
    import ssl

    @pytest.mark.mailsink(tls="implicit")
    def test_it(mailsink):
        smtplib.SMTP_SSL(mailsink.host, mailsink.port, context=ssl.create_default_context())
    """
    )

    result.assert_outcomes(failed=1)
    assert section(result, "Captured mail (0)")[-1] == (
        "a client does not trust the certificate: mailsink.trust() or @pytest.mark.mailsink(trust=True) "
        "helps in this process, mailsink.env in others"
    )


def test_mail_that_an_open_connection_brought_to_an_earlier_test_is_shown(run):
    result = run(
        SEND
        + """
    kept = []

    def test_1(mailsink):
        kept.append(smtplib.SMTP(mailsink.host, mailsink.port, timeout=10))
        kept[0].sendmail("shop@example.com", ["ada@example.org"], "Subject: One")
        mailsink.expect(subject="One")

    def test_2(mailsink):
        kept[0].sendmail("shop@example.com", ["ada@example.org"], "Subject: Two")
        kept[0].quit()
        mailsink.expect(subject="Two", timeout=0.1)
    """,
    )

    result.assert_outcomes(passed=1, failed=1)
    lines = section(result, "Captured mail (0)")
    assert lines[:2] == [
        "no mail came",
        "mail came to tests that were over: does the application keep its connection or its settings?",
    ]
    assert re.fullmatch(
        r"  \S+::test_1 sent a mail \d\.\d\d s after it ended: shop@example.com -> ada@example.org  'Two'",
        lines[2],
    )


def test_it_shows_encryption_login_and_files(run):
    result = run(
        SEND
        + """
    from email.message import EmailMessage

    @pytest.mark.mailsink(auth=("shop", "s3cret"), tls="starttls")
    def test_it(mailsink):
        message = EmailMessage()
        message["From"], message["Subject"] = "shop@example.com", "Bill"
        message.set_content("<p>12.00</p>", subtype="html")
        message.add_attachment(b"%PDF", "application", "pdf", filename="bill.pdf")
        with smtplib.SMTP(mailsink.host, mailsink.port, timeout=10) as client:
            client.starttls()
            client.login("shop", "s3cret")
            client.send_message(message, to_addrs=["ada@example.org"])
        assert 0
    """
    )

    lines = section(result, "Captured mail (1)")
    assert re.sub(r"\d+ bytes", "N bytes", "\n".join(lines)).splitlines() == [
        "  1. shop@example.com -> ada@example.org  'Bill'",
        "       From: shop@example.com",
        "       (Bcc: ada@example.org)",
        "       (N bytes, starttls TLSv1.3, logged in as shop, bill.pdf)",
        "       | 12.00",
    ]


def test_it_shows_what_came_to_a_server_of_a_wider_fixture(run):
    result = run(
        SEND
        + """
    @pytest.fixture(scope="module")
    def postbox(mailsink_server):
        with mailsink_server.open("postbox") as opened:
            yield opened

    @pytest.fixture
    def shop(postbox):
        return postbox

    def test_it(shop):
        send(shop, "Wide")
        assert 0
    """
    )

    assert section(result, "Captured mail (1)")[0] == "  1. shop@example.com -> ada@example.org  'Wide'"


def test_it_shows_that_no_mail_came(run):
    result = run(
        """
    def test_it(mailsink):
        assert 0
    """
    )

    assert section(result, "Captured mail (0)") == ["no mail came"]


def test_of_many_mails_the_first_twenty_are_shown(run):
    result = run(
        SEND
        + """
    def test_it(mailsink):
        for number in range(22):
            send(mailsink, number)
        assert 0
    """
    )

    lines = section(result, "Captured mail (22)")
    assert [line for line in lines if re.match(r" +\d+\. ", line)][-1].endswith("'19'")
    assert lines[-1] == "and 2 more"


def test_a_passing_test_and_one_without_the_fixture_show_nothing(run):
    result = run(
        SEND
        + """
    def test_1(mailsink):
        send(mailsink)

    def test_2():
        assert 0
    """,
        "-rA",
    )

    result.assert_outcomes(passed=1, failed=1)
    assert "Captured mail" not in result.stdout.str()


def test_all_servers_of_a_test_are_shown_together(run):
    result = run(
        SEND
        + """
    def test_it(mailsink, mailsink_factory):
        send(mailsink, "one"), send(mailsink_factory("backup"), "two")
        assert 0
    """
    )

    assert len(section(result, "Captured mail (2)")) == 10


# --- what the markers complain of


def test_mail_that_nobody_looked_at_fails_the_test_that_wants_so(run):
    result = run(
        SEND
        + """
    @pytest.mark.mailsink(unexpected="error")
    def test_it(mailsink):
        send(mailsink, "1"), send(mailsink, "2")
        mailsink.expect(subject="1")
    """
    )

    result.assert_outcomes(passed=1, errors=1)
    start = result.outlines.index("1 mail came that the test did not look at:")
    assert result.outlines[start + 1 : start + 3] == [
        "  1. shop@example.com -> ada@example.org  '2'",
        'expect() or find() each, or leave out unexpected="error"',
    ]


def test_faults_that_never_happened_fail_the_test_that_wants_so(run):
    result = run(
        SEND
        + """
    @pytest.mark.mailsink(unused="error")
    def test_it(mailsink):
        mailsink.fail("rcpt", rcpt="gone@*")
        mailsink.drop("body", nth=2)
        mailsink.delay("mail", 0.001)
        send(mailsink)
    """
    )

    result.assert_outcomes(passed=1, errors=1)
    start = result.outlines.index("2 planned faults never happened:")
    assert result.outlines[start + 1 : start + 4] == [
        "  1. fail('rcpt', '451 4.3.0 Try again later')",
        "  2. drop('body')",
        'let the application come that far, or leave out unused="error"',
    ]


def test_they_say_nothing_where_all_is_well_or_the_test_failed_already(run):
    result = run(
        SEND
        + """
    pytestmark = pytest.mark.mailsink(unexpected="error", unused="error")

    def test_1(mailsink):
        fault = mailsink.delay("mail", 0.001)
        send(mailsink)
        mailsink.expect()

    def test_2(mailsink):
        mailsink.fail("mail", sender="other@example.com")
        send(mailsink)
        assert 0
    """
    )

    result.assert_outcomes(passed=1, failed=1)


# --- files


SAVED = (
    SEND
    + """
    def test_1_passes(mailsink):
        send(mailsink)

    @pytest.mark.parametrize("kind", ["a/b"])
    def test_2_fails(mailsink, kind):
        send(mailsink, "Re: Bill/17")
        with smtplib.SMTP(mailsink.host, mailsink.port, timeout=10) as client:
            content = "Content-Type: text/html\\r\\n\\r\\n<script>x</script>"
            client.sendmail("x@example.com", "ada@example.org", content)
        assert 0
"""
)


def saved(pytester: pytest.Pytester, folder: str) -> list[str]:
    root = pytester.path / folder
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def test_the_mail_of_failing_tests_is_written(run, pytester):
    result = run(SAVED, "--mailsink-save=failed", "--mailsink-dir=out", "--junitxml=junit.xml")

    result.assert_outcomes(passed=1, failed=1)
    folder = "test_the_mail_of_failing_tests_is_written.py_test_2_fails[a_b]"
    assert saved(pytester, "out") == [
        f"{folder}/001-re-bill-17.eml",
        f"{folder}/002-mail.eml",
        f"{folder}/002-mail.html",
        f"{folder}/index.html",
        f"{folder}/smtp.txt",
    ]
    out = pytester.path / "out" / folder
    assert b"Subject: Re: Bill/17" in (out / "001-re-bill-17.eml").read_bytes()
    shown = (out / "002-mail.html").read_text()
    assert "<iframe sandbox" in shown
    assert "<script>" not in shown
    assert "S: 220 mailsink ESMTP mailsink" in (out / "smtp.txt").read_text()
    assert '<a href="001-re-bill-17.eml">' in (out / "index.html").read_text("utf-8")
    properties = ET.parse(pytester.path / "junit.xml").iter("property")
    assert [(p.get("name"), p.get("value")) for p in properties] == [("mailsink.artifacts", str(out))]


def test_the_mail_of_all_tests_is_written_by_the_setting(run, pytester):
    run(SAVED, "-o", "mailsink_save=all")

    assert len({name.partition("/")[0] for name in saved(pytester, ".mailsink")}) == 2


def test_the_option_beats_the_setting(run, pytester):
    run(SAVED, "-o", "mailsink_save=all", "--mailsink-save=never")

    assert not (pytester.path / ".mailsink").exists()


def test_each_server_of_a_test_has_a_directory_and_an_earlier_run_s_files_go(run, pytester):
    left = (
        pytester.path
        / "out"
        / "test_each_server_of_a_test_has_a_directory_and_an_earlier_run_s_files_go.py_test_it"
    )
    left.mkdir(parents=True)
    (left / "001-old.eml").write_text("old")
    run(
        SEND
        + """
    def test_it(mailsink, mailsink_factory):
        send(mailsink)
        send(mailsink_factory())
    """,
        "--mailsink-save=all",
        "--mailsink-dir=out",
    )

    files = ["001-hello.eml", "index.html", "smtp.txt"]
    assert saved(pytester, "out") == [f"{left.name}{more}/{name}" for more in ("-2", "") for name in files]


def test_tests_with_long_names_have_a_directory_each(run, pytester):
    run(
        SEND
        + """
    @pytest.mark.parametrize("number", [1, 2], ids=["x" * 100 + "1", "x" * 100 + "2"])
    def test_it(mailsink, number):
        send(mailsink)
    """,
        "--mailsink-save=all",
        "--mailsink-dir=out",
    )

    names = {name.partition("/")[0] for name in saved(pytester, "out")}
    assert sorted(map(len, names)) == [109, 109]

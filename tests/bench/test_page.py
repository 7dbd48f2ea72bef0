"""The page and the picture that the benchmark writes, out of numbers that were not measured."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

from bench.page import BUSY, About, Run, Scenario, page, picture

SMALL = Scenario(name="1 KiB, one a connection", size=1024, many=False)
ABOUT = About(
    facts=(("date", "24 November 2026"),),
    servers=(("mailsink, file", "0.1.0"), ("aiosmtpd", "1.4.6"), ("MailHog", "1.0.1")),
    search="page 0.1",
)


def run_of(server: str, rate: float, trouble: str = "") -> Run:
    return Run(
        scenario=SMALL.name,
        server=server,
        rate=rate,
        p50=0.001,
        p99=0.0025,
        cpu=0.5,
        memory=50 * 2**20,
        banner=0.1,
        accepted=0.15,
        trouble=trouble,
    )


RUNS = (
    run_of("mailsink, file", 2000),
    run_of("mailsink, file", 1000),
    run_of("mailsink, file", 1500),
    run_of("aiosmtpd", 500),
    run_of("MailHog", 0, "timed out"),
)


def test_the_table_has_medians_and_ratios():
    text = page([SMALL], RUNS, ABOUT)

    assert "| mailsink, file | 1,500 | 3.00 | 1.0 | 2.5 | 0.50 | 50 |" in text
    assert "| aiosmtpd | 500 | 1.00 | 1.0 | 2.5 | 0.50 | 50 |" in text
    assert "| mailsink, file | 100 | 150 |" in text


def test_a_server_that_took_nothing_says_why():
    assert "| MailHog | none: timed out | | | | | |" in page([SMALL], RUNS, ABOUT)


def test_versions_and_the_search_are_on_the_page():
    text = page([SMALL], RUNS, ABOUT)

    assert "| MailHog | 1.0.1 |" in text
    assert "```text\npage 0.1\n```" in text


def test_a_busy_machine_is_told():
    assert BUSY not in page([SMALL], RUNS, ABOUT)
    assert BUSY in page([SMALL], RUNS, replace(ABOUT, was_busy=True))


def test_the_picture_has_a_bar_for_each_server_that_took_mail():
    root = ET.fromstring(picture([SMALL], RUNS, ABOUT))

    titles = [title.text for title in root.iter("{http://www.w3.org/2000/svg}title")]
    assert titles[1:] == ["mailsink, file, 1 KiB, one a connection: 3.00"]

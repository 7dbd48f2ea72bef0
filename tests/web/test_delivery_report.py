from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages import message

from mailsink_web.delivery_report import MAX_RECIPIENTS, DeliveryReport, Reported, delivery_report


def bounce(status: bytes):
    """A bounce whose machine-readable part says *status*."""
    return message(
        octets=b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n"
        b"\r\n--b\r\n\r\nSorry.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        + status
        + b"\r\n--b--\r\n"
    )


STATUS = b"""Reporting-MTA: dns; mx.customer.example\r
Arrival-Date: Tue, 24 Nov 2026 14:00:00 +0000\r
\r
Original-Recipient: rfc822;ada@example.org\r
Final-Recipient: rfc822; nobody@customer.example\r
Action: Failed\r
Status: 5.1.1 (bad destination mailbox)\r
Diagnostic-Code: smtp; 550 5.1.1 <nobody@customer.example>:\r
  User unknown\r
\r
\r
Original-Recipient: rfc822; later@customer.example\r
Action: delayed\r
"""


def test_a_report_says_what_became_of_each_recipient():
    report = delivery_report(bounce(STATUS))

    failed = Reported(
        recipient="nobody@customer.example",
        action="failed",
        status="5.1.1",
        said="550 5.1.1 <nobody@customer.example>:  User unknown",
    )
    delayed = Reported(recipient="later@customer.example", action="delayed", status="", said="")
    assert report == DeliveryReport(mta="mx.customer.example", recipients=(failed, delayed), total=2)
    assert [each.tone for each in report.recipients] == ["is-bad", "is-warn"]


@pytest.mark.parametrize("status", [b"", b"Reporting-MTA: dns; mx.example", b"\xff\x00;;;"], ids=repr)
def test_what_speaks_of_no_recipient_is_no_report(status):
    assert delivery_report(bounce(status)) is None


def test_a_mail_without_a_report_has_none():
    assert delivery_report(message()) is None


def test_a_report_on_a_thousand_shows_the_first():
    report = delivery_report(
        bounce(b"\r\n\r\n".join(b"Final-Recipient: rfc822; %d@example.org" % n for n in range(1_000)))
    )

    assert (len(report.recipients), report.total) == (MAX_RECIPIENTS, 1_000)
    assert report.recipients[-1].recipient == "99@example.org"


@given(st.binary(max_size=400))
def test_no_octets_make_it_raise(status):
    delivery_report(bounce(b"Final-Recipient: rfc822; a@example.org\r\n" + status))

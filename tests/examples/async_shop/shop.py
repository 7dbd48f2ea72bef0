"""Sends as a synchronous library does that is called from coroutines."""

import smtplib


def welcome(host, port, address):
    with smtplib.SMTP(host, port) as client:
        client.sendmail("shop@example.org", [address], f"To: {address}\r\nSubject: Welcome\r\n\r\nHello")

"""A program that learns from its environment where to send."""

import os
import smtplib
import ssl
import sys

with smtplib.SMTP(os.environ["SMTP_HOST"], int(os.environ["SMTP_PORT"])) as client:
    if os.environ["EMAIL_USE_TLS"] == "true":
        client.starttls(context=ssl.create_default_context())
    if "SMTP_USER" in os.environ:
        client.login(os.environ["SMTP_USER"], os.environ["SMTP_PASSWORD"])
    client.sendmail("shop@example.org", sys.argv[1:], "Subject: From a process\r\n\r\nHello")

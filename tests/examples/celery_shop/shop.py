import os
import smtplib

from celery import shared_task


@shared_task(autoretry_for=(smtplib.SMTPException,), retry_kwargs={"countdown": 0, "max_retries": 3})
def welcome(address):
    with smtplib.SMTP(os.environ["SMTP_HOST"], int(os.environ["SMTP_PORT"])) as client:
        client.sendmail("shop@example.org", [address], f"To: {address}\r\nSubject: Welcome\r\n\r\nHello")

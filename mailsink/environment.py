"""The environment variables by which the usual frameworks learn where to send mail.

Knows names and nothing of processes.
"""

from __future__ import annotations

__all__ = ["variables"]


def variables(host: str, port: int) -> dict[str, str]:
    """Variables that point an application at the SMTP server *host*:*port*, plain and without a password.

    For: anything that reads ``SMTP_…``; Django projects (``EMAIL_…``, django-environ's ``EMAIL_URL``);
    Flask-Mail and Laravel (``MAIL_…``); Rails (``SMTP_ADDRESS``); Symfony (``MAILER_DSN``);
    Spring Boot (``SPRING_MAIL_…``).
    """
    address = f"[{host}]" if ":" in host else host
    url = f"smtp://{address}:{port}"
    text = str(port)
    return {
        "SMTP_HOST": host,
        "SMTP_ADDRESS": host,
        "SMTP_PORT": text,
        "SMTP_URL": url,
        "EMAIL_HOST": host,
        "EMAIL_PORT": text,
        "EMAIL_URL": url,
        "EMAIL_USE_TLS": "false",
        "EMAIL_USE_SSL": "false",
        "MAIL_MAILER": "smtp",
        "MAIL_HOST": host,
        "MAIL_SERVER": host,
        "MAIL_PORT": text,
        "MAIL_ENCRYPTION": "null",
        "MAIL_USE_TLS": "false",
        "MAIL_USE_SSL": "false",
        "MAILER_DSN": url,
        "SPRING_MAIL_HOST": host,
        "SPRING_MAIL_PORT": text,
    }

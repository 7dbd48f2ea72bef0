"""The environment variables by which the usual frameworks learn where to send mail.

Knows names and nothing of processes.
"""

from __future__ import annotations

from urllib.parse import quote

__all__ = ["trust_variables", "variables"]


def variables(
    host: str, port: int, *, user: str = "", password: str = "", tls: str = "none"
) -> dict[str, str]:
    """Variables that point an application at the SMTP server *host*:*port*.

    *tls* is ``"none"``, ``"starttls"`` or ``"implicit"``. Without *user* no variable speaks of logging in.
    For: anything that reads ``SMTP_…``, as most that use Nodemailer or Rails do; Django projects
    (``EMAIL_…``, django-environ's ``EMAIL_URL``); Auth.js (``EMAIL_SERVER``); Flask-Mail, fastapi-mail and
    Laravel (``MAIL_…``); Symfony (``MAILER_DSN``); Spring Boot (``SPRING_MAIL_…``).
    """
    login = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
    place = f"{login}{f'[{host}]' if ':' in host else host}:{port}"
    url = f"{'smtps' if tls == 'implicit' else 'smtp'}://{place}"
    text = str(port)
    starttls, implicit = (str(tls == mode).lower() for mode in ("starttls", "implicit"))
    found = {
        "SMTP_HOST": host,
        "SMTP_ADDRESS": host,
        "SMTP_SERVER": host,
        "SMTP_PORT": text,
        "SMTP_SECURE": implicit,
        "SMTP_STARTTLS": starttls,
        "SMTP_TLS": starttls,
        "SMTP_USE_TLS": starttls,
        "SMTP_SSL": implicit,
        "SMTP_USE_SSL": implicit,
        "SMTP_URL": url,
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": host,
        "EMAIL_PORT": text,
        "EMAIL_SERVER": url,
        "EMAIL_URL": f"{_DJANGO_ENVIRON[tls]}://{place}",
        "EMAIL_USE_TLS": starttls,
        "EMAIL_USE_SSL": implicit,
        "MAIL_MAILER": "smtp",
        "MAIL_HOST": host,
        "MAIL_SERVER": host,
        "MAIL_PORT": text,
        "MAIL_URL": url,
        "MAIL_ENCRYPTION": _LARAVEL[tls],
        "MAIL_USE_TLS": starttls,
        "MAIL_USE_SSL": implicit,
        "MAIL_STARTTLS": starttls,
        "MAIL_SSL_TLS": implicit,
        "MAILER_DSN": url,
        "SPRING_MAIL_HOST": host,
        "SPRING_MAIL_PORT": text,
    }
    if tls != "none":
        word = "STARTTLS_ENABLE" if tls == "starttls" else "SSL_ENABLE"
        found[f"SPRING_MAIL_PROPERTIES_MAIL_SMTP_{word}"] = "true"
    if user:
        found |= dict.fromkeys(_USER, user) | dict.fromkeys(_PASSWORD, password)
        found["SPRING_MAIL_PROPERTIES_MAIL_SMTP_AUTH"] = "true"
    return found


_DJANGO_ENVIRON = {"none": "smtp", "starttls": "smtp+tls", "implicit": "smtp+ssl"}
_LARAVEL = {"none": "null", "starttls": "tls", "implicit": "ssl"}
_USER = ("SMTP_USER", "SMTP_USERNAME", "EMAIL_HOST_USER", "MAIL_USERNAME", "SPRING_MAIL_USERNAME")
_PASSWORD = ("SMTP_PASSWORD", "SMTP_PASS", "EMAIL_HOST_PASSWORD", "MAIL_PASSWORD", "SPRING_MAIL_PASSWORD")


def trust_variables(ca_file: str) -> dict[str, str]:
    """Variables that make programs trust the certificates in the PEM file *ca_file*.

    OpenSSL and so Python and curl (``SSL_CERT_FILE``), requests, Node.
    """
    return dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"), ca_file)

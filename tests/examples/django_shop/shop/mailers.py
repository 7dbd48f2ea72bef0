"""The same project with the mail settings of Django 6.1."""

from . import settings

globals().update(
    {name: value for name, value in vars(settings).items() if name.isupper() and "EMAIL_H" not in name}
)
del EMAIL_USE_TLS  # noqa: F821

_SMTP = "django.core.mail.backends.smtp.EmailBackend"
MAILERS = {
    "default": {
        "BACKEND": _SMTP,
        "OPTIONS": {"host": "smtp.shop.example", "username": "shop", "password": "s3cret"},
    },
    "bulk": {"BACKEND": _SMTP, "OPTIONS": {"host": "bulk.shop.example"}},
}

"""How to point a framework at the sink: the lines to copy, for each framework that people ask about."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["DEFAULT", "SNIPPETS", "Snippet", "pieces"]

DEFAULT = "smtplib"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """*code* has ``{host}`` and ``{port}`` where they belong; *comment* is what begins a comment in it."""

    id: str
    name: str
    file: str
    code: str
    comment: str
    note: str = ""

    def filled(self, host: str, port: int) -> str:
        """The code for a listener."""
        return self.code.replace("{host}", host).replace("{port}", str(port))


def pieces(code: str, comment: str) -> list[tuple[str, str]]:
    """*code* as pieces with the class each is shown in: ``s`` strings, ``k`` numbers, ``c`` comments."""
    words = re.compile(
        rf"(?P<c>(?:^|(?<=\s)){re.escape(comment)}.*$)|(?P<s>\"[^\"\n]*\"|'[^'\n]*')|(?P<k>\b\d+\b|\b(?:True|False|true|false|nil)\b)",
        re.MULTILINE,
    )
    found: list[tuple[str, str]] = []
    end = 0
    for match in words.finditer(code):
        found += (("", code[end : match.start()]), (match.lastgroup or "", match[0]))
        end = match.end()
    found.append(("", code[end:]))
    return [piece for piece in found if piece[1]]


SNIPPETS = (
    Snippet(
        id="env",
        name=".env",
        file=".env",
        comment="#",
        code="""SMTP_HOST={host}
SMTP_PORT={port}
SMTP_URL=smtp://{host}:{port}
SMTP_TLS=false""",
        note="Names differ between frameworks; host and port are all that any of them needs.",
    ),
    Snippet(
        id="smtplib",
        name="Python smtplib",
        file="send.py",
        comment="#",
        code="""import smtplib
from email.message import EmailMessage

message = EmailMessage()
message["From"] = "shop@example.com"
message["To"] = "ada@example.org"
message["Subject"] = "Welcome"
message.set_content("Hello Ada")

with smtplib.SMTP("{host}", {port}) as client:
    client.send_message(message)""",
    ),
    Snippet(
        id="django",
        name="Django",
        file="settings.py",
        comment="#",
        code="""EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = "{host}"
EMAIL_PORT = {port}
EMAIL_USE_TLS = False
EMAIL_HOST_USER = ""
EMAIL_HOST_PASSWORD = \"\"""",
        note="Django's own test runner swaps the backend for one in memory: that mail never reaches a port.",
    ),
    Snippet(
        id="flask-mail",
        name="Flask-Mail",
        file="app.py",
        comment="#",
        code="""app.config.update(
    MAIL_SERVER="{host}",
    MAIL_PORT={port},
    MAIL_USE_TLS=False,
    MAIL_DEFAULT_SENDER="shop@example.com",
)
mail = Mail(app)""",
        note="With TESTING set, Flask-Mail sends nothing unless MAIL_SUPPRESS_SEND is False.",
    ),
    Snippet(
        id="rails",
        name="Rails",
        file="config/environments/development.rb",
        comment="#",
        code="""config.action_mailer.delivery_method = :smtp
config.action_mailer.smtp_settings = {
  address: "{host}",
  port: {port}
}
config.action_mailer.raise_delivery_errors = true""",
    ),
    Snippet(
        id="laravel",
        name="Laravel",
        file=".env",
        comment="#",
        code="""MAIL_MAILER=smtp
MAIL_HOST={host}
MAIL_PORT={port}
MAIL_USERNAME=null
MAIL_PASSWORD=null""",
    ),
    Snippet(
        id="nodemailer",
        name="Nodemailer",
        file="mail.js",
        comment="//",
        code="""import nodemailer from "nodemailer";

const transport = nodemailer.createTransport({
  host: "{host}",
  port: {port},
  secure: false,
});""",
    ),
    Snippet(
        id="spring",
        name="Spring",
        file="application.properties",
        comment="#",
        code="""spring.mail.host={host}
spring.mail.port={port}
spring.mail.properties.mail.smtp.auth=false
spring.mail.properties.mail.smtp.starttls.enable=false""",
    ),
    Snippet(
        id="go",
        name="Go",
        file="main.go",
        comment="//",
        code="""message := []byte("Subject: Welcome\\r\\n\\r\\nHello Ada\\r\\n")
err := smtp.SendMail("{host}:{port}", nil, "shop@example.com",
    []string{"ada@example.org"}, message)""",
        note="The package is net/smtp, of the standard library.",
    ),
    Snippet(
        id="curl",
        name="curl",
        file="Terminal",
        comment="#",
        code="""printf 'Subject: Welcome\\n\\nHello Ada\\n' |
  curl smtp://{host}:{port} --mail-from shop@example.com \\
    --mail-rcpt ada@example.org --crlf --upload-file -""",
    ),
)

"""How to point a framework at the sink: the lines to copy, for each framework that people ask about."""

from __future__ import annotations

from .snippet import Snippet

__all__ = ["DEFAULT", "SNIPPETS"]

DEFAULT = "smtplib"

SNIPPETS = (
    Snippet(
        id="env",
        name=".env",
        file=".env",
        comment="#",
        code="""SMTP_HOST={host}
SMTP_PORT={port}
{open}SMTP_URL={scheme}://{host}:{port}
{login}SMTP_USER={user}
{login}SMTP_PASSWORD={password}
{login}SMTP_URL={scheme}://{user}:{password}@{host}:{port}
{plain}SMTP_TLS=false
{starttls}SMTP_TLS=starttls
{implicit}SMTP_TLS=true""",
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

{plain}with smtplib.SMTP("{host}", {port}) as client:
{starttls}with smtplib.SMTP("{host}", {port}) as client:
{starttls}    client.starttls()
{implicit}with smtplib.SMTP_SSL("{host}", {port}) as client:
{login}    client.login("{user}", "{password}")
    client.send_message(message)""",
    ),
    Snippet(
        id="django",
        name="Django",
        file="settings.py",
        comment="#",
        no="False",
        yes="True",
        code="""EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = "{host}"
EMAIL_PORT = {port}
EMAIL_USE_TLS = {is_starttls}
EMAIL_USE_SSL = {is_implicit}
EMAIL_HOST_USER = "{user}"
EMAIL_HOST_PASSWORD = "{password}\"""",
        note="Django’s own test runner swaps the backend for one in memory: that mail never reaches a port.",
    ),
    Snippet(
        id="flask-mail",
        name="Flask-Mail",
        file="app.py",
        comment="#",
        no="False",
        yes="True",
        code="""app.config.update(
    MAIL_SERVER="{host}",
    MAIL_PORT={port},
    MAIL_USE_TLS={is_starttls},
    MAIL_USE_SSL={is_implicit},
{login}    MAIL_USERNAME="{user}",
{login}    MAIL_PASSWORD="{password}",
    MAIL_DEFAULT_SENDER="shop@example.com",
)
mail = Mail(app)""",
        note="With TESTING set, Flask-Mail sends nothing unless MAIL_SUPPRESS_SEND is False.",
    ),
    Snippet(
        id="fastapi-mail",
        name="FastAPI-Mail",
        file="mail.py",
        comment="#",
        no="False",
        yes="True",
        code="""from fastapi_mail import ConnectionConfig, FastMail

mail = FastMail(ConnectionConfig(
    MAIL_SERVER="{host}",
    MAIL_PORT={port},
    MAIL_USERNAME="{user}",
    MAIL_PASSWORD="{password}",
    MAIL_FROM="shop@example.com",
    MAIL_STARTTLS={is_starttls},
    MAIL_SSL_TLS={is_implicit},
{open}    USE_CREDENTIALS=False,
{login}    USE_CREDENTIALS=True,
    VALIDATE_CERTS=False,
))""",
        note="Within record_messages(), and with SUPPRESS_SEND=1, nothing is sent.",
    ),
    Snippet(
        id="rails",
        name="Rails",
        file="config/environments/development.rb",
        comment="#",
        code="""config.action_mailer.delivery_method = :smtp
config.action_mailer.smtp_settings = {
  address: "{host}",
{login}  user_name: "{user}",
{login}  password: "{password}",
{login}  authentication: :plain,
{starttls}  enable_starttls: true,
{starttls}  openssl_verify_mode: "none",
{implicit}  ssl: true,
{implicit}  openssl_verify_mode: "none",
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
{open}MAIL_USERNAME=null
{open}MAIL_PASSWORD=null
{login}MAIL_USERNAME={user}
{login}MAIL_PASSWORD={password}
{implicit}MAIL_SCHEME=smtps""",
    ),
    Snippet(
        id="symfony",
        name="Symfony",
        file=".env",
        comment="#",
        code="""{open}MAILER_DSN={scheme}://{host}:{port}
{login}MAILER_DSN={scheme}://{user}:{password}@{host}:{port}""",
        note="Mailer begins TLS wherever a server offers it, and then checks the certificate: "
        "trust ca.pem, or add ?verify_peer=0 to the address.",
    ),
    Snippet(
        id="php",
        name="PHP",
        file="mail.php",
        comment="//",
        code="""use PHPMailer\\PHPMailer\\PHPMailer;

$mail = new PHPMailer(true);
$mail->isSMTP();
$mail->Host = "{host}";
$mail->Port = {port};
{open}$mail->SMTPAuth = false;
{login}$mail->SMTPAuth = true;
{login}$mail->Username = "{user}";
{login}$mail->Password = "{password}";
{plain}$mail->SMTPAutoTLS = false;
{starttls}$mail->SMTPSecure = PHPMailer::ENCRYPTION_STARTTLS;
{implicit}$mail->SMTPSecure = PHPMailer::ENCRYPTION_SMTPS;""",
        note="This is PHPMailer. PHP’s own mail() speaks SMTP on Windows alone; elsewhere it runs sendmail.",
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
  secure: {is_implicit},
{login}  auth: { user: "{user}", pass: "{password}" },
{starttls}  requireTLS: true,
{starttls}  tls: { rejectUnauthorized: false },
{implicit}  tls: { rejectUnauthorized: false },
});""",
    ),
    Snippet(
        id="spring",
        name="Spring Boot",
        file="application.properties",
        comment="#",
        code="""spring.mail.host={host}
spring.mail.port={port}
{login}spring.mail.username={user}
{login}spring.mail.password={password}
{login}spring.mail.properties.mail.smtp.auth=true
{open}spring.mail.properties.mail.smtp.auth=false
spring.mail.properties.mail.smtp.starttls.enable={is_starttls}
{implicit}spring.mail.properties.mail.smtp.ssl.enable=true
{starttls}spring.mail.properties.mail.smtp.ssl.trust={host}
{implicit}spring.mail.properties.mail.smtp.ssl.trust={host}""",
    ),
    Snippet(
        id="go",
        name="Go",
        file="main.go",
        comment="//",
        code="""message := []byte("Subject: Welcome\\r\\n\\r\\nHello Ada\\r\\n")
{login}auth := smtp.PlainAuth("", "{user}", "{password}", "{host}")
{login}err := smtp.SendMail("{host}:{port}", auth, "shop@example.com",
{open}err := smtp.SendMail("{host}:{port}", nil, "shop@example.com",
    []string{"ada@example.org"}, message)""",
        note="The package is net/smtp, of the standard library. It begins TLS where a server offers it, "
        "and then checks the certificate.",
    ),
    Snippet(
        id="curl",
        name="curl",
        file="Terminal",
        comment="#",
        code="""printf 'Subject: Welcome\\n\\nHello Ada\\n' |
  curl {scheme}://{host}:{port} --mail-from shop@example.com \\
{login}    --user '{user}:{password}' \\
{starttls}    --ssl-reqd --insecure \\
{implicit}    --insecure \\
    --mail-rcpt ada@example.org --crlf --upload-file -""",
    ),
    Snippet(
        id="pytest",
        name="pytest",
        file="test_signup.py",
        comment="#",
        code="""def test_a_new_user_is_welcomed(mailsink):
    sign_up("ada@example.org", smtp=(mailsink.host, mailsink.port))

    mail = mailsink.expect(to="ada@example.org", subject="Welcome")

    assert mail.link("/confirm")""",
        note="The fixture brings a server of its own: nothing needs to run beside the tests.",
    ),
)

"""A shop in which a sign-up is confirmed by a link in a mail. Serves until it is stopped; prints its address.

Learns from its environment where to send, once, when it starts.
"""

import os
import secrets
import smtplib
from email.message import EmailMessage

from flask import Flask, request
from werkzeug.serving import make_server

PAGE = "<!doctype html><html lang=en><title>Shop</title><h1>{}</h1>{}"
FORM = "<form method=post><label>Email <input name=email type=email></label><button>Sign up</button></form>"

app = Flask("shop")
waiting: dict[str, str] = {}


@app.get("/")
def form():
    return PAGE.format("Sign up", FORM)


@app.post("/")
def sign_up():
    token = secrets.token_urlsafe(8)
    waiting[token] = request.form["email"]
    message = EmailMessage()
    message["From"], message["To"] = "shop@example.org", waiting[token]
    message["Subject"] = "Confirm your address"
    link = f"{request.host_url}confirm/{token}"
    message.set_content(f'<p>Welcome!</p><p><a href="{link}">Confirm</a></p>', subtype="html")
    with smtplib.SMTP(os.environ["SMTP_HOST"], int(os.environ["SMTP_PORT"])) as client:
        client.send_message(message)
    return PAGE.format("Look into your inbox", "")


@app.get("/confirm/<token>")
def confirm(token):
    return PAGE.format("Confirmed", f"<p>{waiting.pop(token)}</p>")


if __name__ == "__main__":
    server = make_server("127.0.0.1", 0, app, threaded=True)
    print(f"http://127.0.0.1:{server.port}", flush=True)
    server.serve_forever()

import threading

from flask import Flask, request
from flask_mail import Mail, Message

mail = Mail()


def create_app():
    app = Flask("shop")
    app.config.update(
        TESTING=True, MAIL_SERVER="smtp.shop.example", MAIL_PORT=587, MAIL_USE_TLS=True, MAIL_USERNAME="shop"
    )
    mail.init_app(app)

    def send(to):
        with app.app_context():
            message = Message(
                "Join us", sender="shop@example.org", recipients=[to], bcc=["audit@example.org"]
            )
            message.body = "https://shop.example/join/"
            mail.send(message)

    @app.post("/invite")
    def invite():
        send(request.form["to"])
        return "sent"

    @app.post("/invite-later")
    def invite_later():
        threading.Thread(target=send, args=[request.form["to"]]).start()
        return "soon"

    return app

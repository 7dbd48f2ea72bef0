from flask import Flask
from flask_mailman import EmailMessage, Mail

mail = Mail()


def create_app():
    app = Flask("shop")
    app.config.update(TESTING=True, MAIL_SERVER="smtp.shop.example", MAIL_DEFAULT_SENDER="shop@example.org")
    mail.init_app(app)

    @app.post("/invite/<to>")
    def invite(to):
        EmailMessage("Join us", "https://shop.example/join/", to=[to]).send()
        return "sent"

    return app

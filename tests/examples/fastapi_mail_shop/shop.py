from fastapi_mail import ConnectionConfig, FastMail, MessageSchema, MessageType
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.responses import PlainTextResponse
from starlette.routing import Route

fast_mail = FastMail(
    ConnectionConfig(
        MAIL_USERNAME="shop",
        MAIL_PASSWORD="s3cret",
        MAIL_FROM="shop@example.org",
        MAIL_PORT=587,
        MAIL_SERVER="smtp.shop.example",
        MAIL_STARTTLS=True,
        MAIL_SSL_TLS=False,
        SUPPRESS_SEND=1,
    )
)


async def sign_up(request):
    message = MessageSchema(
        subject="Welcome",
        recipients=[request.query_params["to"]],
        body="<p>Hello</p>",
        subtype=MessageType.html,
    )
    return PlainTextResponse("soon", background=BackgroundTask(fast_mail.send_message, message))


app = Starlette(routes=[Route("/signup", sign_up, methods=["POST"])])

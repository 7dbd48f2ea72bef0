import httpx
import pytest
from shop import app, fast_mail


@pytest.fixture
async def http(mailsink):
    mailsink.configure(fast_mail)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://shop.example"
    ) as client:
        yield client


@pytest.mark.parametrize("number", range(5))
async def test_a_background_task_sends(mailsink, http, number):
    await http.post("/signup", params={"to": f"reader{number}@example.com"})

    mail = await mailsink.aio.expect(subject="Welcome")
    assert mail.rcpts == [f"reader{number}@example.com"]
    assert "<p>Hello</p>" in mail.html


@pytest.mark.mailsink(auth=("ada", "s3cret"), tls="required")
async def test_login_and_a_verified_certificate(mailsink, http):
    await http.post("/signup", params={"to": "reader@example.com"})

    await mailsink.aio.expect(auth_user="ada", tls="starttls")


async def test_a_wait_without_await_is_refused(mailsink):
    with pytest.raises(RuntimeError, match=r"await mailsink\.aio\.expect"):
        mailsink.expect()


async def test_the_settings_are_put_back():
    assert fast_mail.config.MAIL_SERVER == "smtp.shop.example"


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_under_anyio(mailsink, anyio_backend):
    await mailsink.aio.expect_none()

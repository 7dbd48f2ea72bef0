import pytest
from shop import create_app


@pytest.mark.parametrize("number", range(5))
def test_an_invitation(mailsink, number):
    app = create_app()
    mailsink.configure(app)

    app.test_client().post(f"/invite/guest{number}@example.com")

    assert mailsink.expect(subject="Join us").rcpts == [f"guest{number}@example.com"]

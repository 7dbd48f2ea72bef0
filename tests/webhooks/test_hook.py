from __future__ import annotations

import pytest

from mailsink.webhooks.hook import Webhook, check_url, is_allowed


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://127.0.0.1/x", "http:// or https://"),
        ("http://", "http:// or https://"),
        ("http://127.0.0.1:0/", "http:// or https://"),
        ("http://127.0.0.1:port/", "cannot be read"),
        ("http://[::1", "cannot be read"),
        ("http://ada:secret@127.0.0.1/", "no user and password"),
        ("http://127.0.0.1/#top", "no #fragment"),
        ("http://127.0.0.1/a b", "without spaces"),
        ("http://127.0.0.1/a\r\nHost: x", "printable ASCII"),
        ("http://bücher.example/", "printable ASCII"),
        ("http://127.0.0.1/" + "x" * 2_000, "at most 2000"),
    ],
)
def test_an_address_that_cannot_be_a_webhooks_is_refused_with_the_reason(url, words):
    with pytest.raises(ValueError, match="a webhook's URL") as caught:
        check_url(url)

    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("url", "hosts", "allowed"),
    [
        ("http://127.0.0.1:9000/", (), True),
        ("http://[::1]:9000/", (), True),
        ("https://localhost/", (), True),
        ("http://app.localhost/", (), True),
        ("http://hooks.example.org/", (), False),
        ("http://HOOKS.example.org./", ("hooks.example.org",), True),
        ("http://evil.example.org/", ("hooks.example.org",), False),
        ("http://169.254.169.254/", (), False),
        ("http://0.0.0.0/", (), False),
        ("http://anywhere.example/", ("*",), True),
    ],
)
def test_a_webhook_goes_to_this_machine_or_where_it_is_allowed_to(url, hosts, allowed):
    assert is_allowed(url, hosts) is allowed


def test_an_option_given_again_is_the_same_hook():
    first, again = (Webhook.of_option("http://127.0.0.1/a", query="has:otp") for _ in range(2))

    assert first.id == again.id
    assert first.id != Webhook.of_option("http://127.0.0.1/a").id


def test_what_is_printed_of_a_hook_tells_no_secret():
    assert "s3cret" not in repr(Webhook.of_option("http://127.0.0.1/", secret="s3cret"))

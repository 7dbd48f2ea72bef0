from __future__ import annotations

import json

import pytest
from messages import message

from mailsink.webhooks import Webhook
from mailsink_web.payload import MOST, payload


def hook(**more) -> Webhook:
    return Webhook.of_option("http://127.0.0.1:9/", **more)


def test_a_message_that_is_too_large_is_told_without_its_texts():
    large = message(octets=b"Subject: Large\r\n\r\n" + b"a line of text\r\n" * 100_000)

    octets = payload(hook(), large)

    told = json.loads(octets)
    assert len(octets) < MOST
    assert told["truncated"]
    assert (told["data"]["subject"], told["data"]["text"], told["data"]["headers"]) == ("Large", "", [])


@pytest.mark.parametrize("format_", ["mailsink", "mailpit"])
def test_whatever_was_sent_can_be_told(format_):
    hostile = message(octets=b"Subject: \xff\xfe =?utf-8?q?=ED=A0=80?=\r\n\0\r\n\r\n\xff\xd8")

    assert json.loads(payload(hook(format=format_), hostile))

from __future__ import annotations

import base64
import datetime as dt

import pytest
from standardwebhooks.webhooks import Webhook

from mailsink.webhooks.signature import fields_of, key_of

NOW = 1_795_000_000
ENCODED = "whsec_" + base64.b64encode(b"twenty-four octets here!").decode()


@pytest.mark.parametrize(("secret", "theirs"), [(ENCODED, ENCODED), ("any text", b"any text")])
def test_the_published_library_accepts_the_signature(secret, theirs):
    now = int(dt.datetime.now(dt.UTC).timestamp())  # the library refuses what is five minutes old
    fields = fields_of("hook-1", now, b'{"type": "message.captured"}', secret)

    assert Webhook(theirs).verify(b'{"type": "message.captured"}', fields) == {"type": "message.captured"}


def test_without_a_secret_nothing_is_signed():
    assert fields_of("hook-1", NOW, b"{}", "") == {"webhook-id": "hook-1", "webhook-timestamp": str(NOW)}


def test_a_secret_that_claims_to_be_base64_must_be():
    with pytest.raises(ValueError, match="a secret that begins with whsec_ goes on in Base64"):
        key_of("whsec_???")

"""Each client uses the extensions that it knows, and what it says is kept."""

from __future__ import annotations

import pytest
from interop.clients import nodemailer, swaks
from interop.delivery import CONTENT, Dsn
from interop.table import CLIENTS, clients_that

from mailsink.model import Parameter

EIGHT_BIT = CONTENT.replace(b"Your order", "Grüße".encode())
EXPECTED_DSN = {
    "RET": "HDRS",
    "ENVID": "Order-1",
    "NOTIFY": "SUCCESS,DELAY",
    "ORCPT": "rfc822;Ada@example.org",
}

"""Mail as apps send it, for pages that are looked at: invented shops, example domains, no real people."""

from __future__ import annotations

import base64
import datetime as dt
import struct
import zlib
from email.message import EmailMessage
from email.policy import SMTP
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from mailsink.message import Message, new_id
from mailsink.model import Envelope, Recipient, Reply

if TYPE_CHECKING:
    from mailsink.sink import Sink

OK = Reply(250, "OK", "2.1.5")
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAF0lEQVR4nGPkjj/PQApgIkn1qIZRDUNKAwC8WgFP5u5jRgAAAABJRU5ErkJggg=="
)

ORDER_HTML = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Your order</title>
<style>
body { margin: 0; padding: 28px 12px; background: #eef3f2; color: #17302f; font: 15px/1.55 Georgia, serif; }
.card { max-width: 520px; margin: 0 auto; padding: 32px; background: #fff; border: 1px solid #dbe5e3; }
h1 { margin: 24px 0 8px; font-size: 25px; line-height: 1.25; font-weight: 400; }
table { width: 100%; border-collapse: collapse; margin: 20px 0; font-size: 14px; }
td { padding: 9px 0; border-bottom: 1px solid #dbe5e3; }
td:last-child { text-align: right; }
.wide { width: 100%; height: auto; }
.btn { display: inline-block; padding: 11px 20px; background: #17504f; color: #fff; text-decoration: none; }
.card { background-image: url("https://img.shop.example/paper.png"); }
@media (prefers-color-scheme: dark) {
  body { background: #101817; color: #dfeae8; } .card { background: #182322; border-color: #2b3b39; }
}
</style>
<link rel="stylesheet" href="https://fonts.example.net/serif.css"></head>
<body><div class="card">
<p><img src="cid:logo@shop.example" alt="" width="16" height="16"> Harbour Supply</p>
<img class="wide" src="cid:mugs@shop.example" alt="Four mugs on a quay" width="456" height="120">
<h1>Thank you, Ada.</h1>
<p>We are packing your order <b>10482</b> and will write again when it leaves the harbour.</p>
<table><tr><td>1 × Enamel mug, sea green</td><td>14.00 EUR</td></tr>
<tr><td>2 × Linen tea towel, striped</td><td>18.00 EUR</td></tr>
<tr><td>1 × Brass hook, small</td><td>6.50 EUR</td></tr>
<tr><td>Total</td><td>38.50 EUR</td></tr></table>
<p><a class="btn" href="https://shop.example/orders/10482?t=q7Zk1">See your order</a></p>
<img src="https://open.tracker.example/o.gif?id=10482" width="1" height="1" alt="">
</div></body></html>
"""

ORDER_TEXT = """Hello Ada,

thank you for your order. We are packing it now and will write again when it leaves the harbour.

  1 × Enamel mug, sea green           14.00 EUR
  2 × Linen tea towel, striped        18.00 EUR
  1 × Brass hook, small                6.50 EUR
                                      ---------
      Total                           38.50 EUR

See your order: https://shop.example/orders/10482?t=q7Zk1
"""


WIDTH, HEIGHT = 456, 120
MUGS = ((76, b"\x2f\x6f\x68"), (172, b"\xd9\xb2\x6f"), (268, b"\xb6\x54\x3c"), (364, b"\x26\x3c\x48"))


@cache
def mugs() -> bytes:
    """Four mugs on a quay, as a PNG."""
    lines = (b"\0" + b"".join(_colour(x, y) for x in range(WIDTH)) for y in range(HEIGHT))
    header = struct.pack(">2I5B", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(lines), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def _colour(x: int, y: int) -> bytes:
    for middle, glaze in MUGS:
        if abs(x - middle) < 24 and 42 <= y < 96:
            return b"\xf7\xf4\xec" if y < 46 else glaze
        if x > middle and 64 < (x - middle - 24) ** 2 + (y - 68) ** 2 < 196:
            return glaze
    if y >= 92:
        return b"\x5d\x53\x49" if x % 57 and y > 92 else b"\x48\x40\x38"
    return bytes((214 - y, 232 - y // 2, 230 - y // 2)) if y < 66 else b"\x7f\xa8\xa6"


def mail(
    subject: str,
    text: str,
    *,
    to: str = "ada@example.org",
    sender: str = "orders@shop.example",
    html: str = "",
    attachment: str = "",
) -> EmailMessage:
    """A mail with a text part, and with the other parts if they are given."""
    made = EmailMessage(policy=SMTP)
    made["From"] = sender
    made["To"] = to
    made["Subject"] = subject
    made["Message-ID"] = "<a1@mta.shop.example>"
    made.set_content(text)
    if html:
        made.add_alternative(html, subtype="html")
    if attachment:
        made.add_attachment(b"%PDF-1.4\n", maintype="application", subtype="pdf", filename=attachment)
    return made


def order(**pictures: bytes) -> EmailMessage:
    """A confirmed order: text, HTML with an inline logo, more *pictures* and remote content, a PDF."""
    made = mail(
        "Your order 10482 is confirmed",
        ORDER_TEXT,
        to="Ada <ada@example.org>",
        sender="Harbour Supply <orders@shop.example>",
        html=ORDER_HTML,
    )
    page = made.get_payload()[1]
    for name, octets in {"logo": PIXEL, **pictures}.items():
        page.add_related(octets, "image", "png", cid=f"<{name}@shop.example>", filename=f"{name}.png")
    made.add_attachment(
        b"%PDF-1.4\n" * 900, maintype="application", subtype="pdf", filename="order-10482.pdf"
    )
    return made


def put(
    sink: Sink,
    content: bytes,
    *,
    at: dt.datetime,
    sender: str = "orders@shop.example",
    rcpt: tuple[str, ...] = ("ada@example.org",),
    inbox: str = "default",
    read: bool = False,
) -> str:
    """Keep a message as if it had come at *at*; its id."""
    message = Message(
        id=new_id(),
        inbox=inbox,
        envelope=Envelope(
            reverse_path=sender, recipients=tuple(Recipient(path=path, reply=OK) for path in rcpt)
        ),
        content=content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
        received_at=at,
        read=read,
    )
    sink.store.add(message, lambda _: None)
    return message.id


BROKEN = (
    b"From: orders@shop.example\r\nTo: =?utf-8?q?broken@example.org\r\n"
    b"Subject: Caf\xe9 order\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="b1"\r\n\r\n--b1\r\nContent-Type: text/plain\r\n\r\n'
    b"The closing boundary is missing.\r\n"
)

# Oldest first; parted by tabs: seconds before now, sender, recipient, how many more of them, read or new,
# attachment, subject, text.
LIST = (Path(__file__).parent / "mails.txt").read_text("utf-8").splitlines()


def realistic(sink: Sink, *, now: dt.datetime | None = None) -> str:
    """Fill *sink* with a morning's mail of a shop under test; the id of the newest, an order."""
    now = now or dt.datetime.now(dt.UTC)
    for line in LIST:
        ago, sender, to, more, state, attachment, subject, text = line.split("\t")
        at = now - dt.timedelta(seconds=int(ago))
        others = tuple(f"team{number}@example.org" for number in range(int(more)))
        author = sender or "MAILER-DAEMON@mx.customer.example"
        made = mail(subject, text, to=", ".join((to, *others)), sender=author, attachment=attachment)
        put(sink, bytes(made), at=at, sender=sender, rcpt=(to, *others), read=state == "read")
        if ago == "640":
            put(sink, BROKEN, at=at + dt.timedelta(seconds=0.5), rcpt=("broken@example.org",))
    checked = mail("Checkout works", "All 14 steps passed.", to="qa@example.org")
    put(
        sink,
        bytes(checked),
        at=now - dt.timedelta(seconds=20),
        rcpt=("qa@example.org",),
        inbox="checkout-tests",
    )
    return put(
        sink,
        bytes(order(mugs=mugs())),
        at=now,
        sender="bounces+10482@mta.shop.example",
        rcpt=("ada@example.org", "audit@shop.example"),
    )

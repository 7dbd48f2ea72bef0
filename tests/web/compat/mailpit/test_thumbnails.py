from __future__ import annotations

import io
import sys

import pytest
from mails import PIXEL
from PIL import Image

from mailsink_web.compat.mailpit.thumbnails import BLANK, SIZE, thumbnail


def opened(octets):
    with Image.open(io.BytesIO(octets)) as image:
        image.load()
        return image.format, image.size, image.convert("RGB")


def picture(size, colour="red", kind="PNG", mode="RGB"):
    made = io.BytesIO()
    Image.new(mode, size, colour).save(made, kind)
    return made.getvalue()


def test_the_blank_picture_is_white():
    kind, size, image = opened(BLANK)

    assert (kind, size) == ("JPEG", SIZE)
    assert image.getextrema() == ((255, 255),) * 3


@pytest.mark.parametrize("size", [(16, 16), (20, 500), (1000, 700), (4000, 100)])
def test_a_picture_is_made_to_fit(size):
    kind, made, image = opened(thumbnail(picture(size)))

    assert (kind, made) == ("JPEG", SIZE)
    red, green, _ = image.getpixel((90, 60))
    assert red > 200 > 60 > green


def test_a_small_picture_has_white_around_it():
    image = opened(thumbnail(picture((16, 160))))[2]

    assert min(image.getpixel((2, 60))) > 240


def test_what_can_be_seen_through_is_on_white():
    image = opened(thumbnail(picture((400, 300), (0, 0, 0, 0), mode="RGBA")))[2]

    assert min(image.getpixel((90, 60))) > 240


@pytest.mark.parametrize("octets", [b"", b"nonsense", PIXEL[:40], b"\x89PNG\r\n\x1a\n" + bytes(50)])
def test_what_is_no_picture_is_blank(octets):
    assert thumbnail(octets) == BLANK


def test_a_picture_that_claims_to_be_huge_is_blank():
    made = bytearray(picture((10, 10), kind="BMP"))
    made[18:26] = (100_000).to_bytes(4, "little") * 2

    assert thumbnail(bytes(made)) == BLANK


def test_without_pillow_every_picture_is_blank(monkeypatch):
    made = picture((16, 16))
    monkeypatch.setitem(sys.modules, "PIL", None)

    assert thumbnail(made) == BLANK

"""Small pictures of attached ones, as JPEG: 180 by 120, white where the picture is not."""

from __future__ import annotations

import base64
import io

__all__ = ["BLANK", "SIZE", "thumbnail"]

SIZE = (180, 120)
# Pixels of a picture that is decoded. A small file can claim billions.
_MOST_PIXELS = 20_000_000
_FORMATS = ("BMP", "GIF", "JPEG", "PNG", "WEBP")

# A white JPEG of that size: what there is where the octets are no picture, or Pillow is not installed.
BLANK = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAoHBwgHBgoICAgLCgoLDhgQDg0NDh0VFhEYIx8lJCIfIiEmKzcvJik0KSEiMEEx"
    "NDk7Pj4+JS5ESUM8SDc9Pjv/wAALCAB4ALQBAREA/8QAFQABAQAAAAAAAAAAAAAAAAAAAAf/xAAUEAEAAAAAAAAAAAAAAAAA"
    "AAAA/9oACAEBAAA/ALMA" + "A" * 113 + "D//2Q=="
)


def thumbnail(octets: bytes) -> bytes:
    """The picture in *octets*, as large as fits; cut to shape where it is larger in both directions.

    Never raises: what cannot be shown is `BLANK`.
    """
    try:
        from PIL import Image, ImageOps
    except ImportError:
        return BLANK
    try:
        with Image.open(io.BytesIO(octets), formats=_FORMATS) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                return BLANK
            picture = ImageOps.exif_transpose(opened).convert("RGBA")
    except Exception:  # noqa: BLE001 - a decoder fails on hostile octets with whatever it stumbles over
        return BLANK
    if picture.width < SIZE[0] or picture.height < SIZE[1]:
        picture = ImageOps.contain(picture, SIZE)
    else:
        picture = ImageOps.fit(picture, SIZE)
    canvas = Image.new("RGB", SIZE, "white")
    at = ((SIZE[0] - picture.width) // 2, (SIZE[1] - picture.height) // 2)
    canvas.paste(picture, at, picture)
    made = io.BytesIO()
    canvas.save(made, "JPEG", quality=70)
    return made.getvalue()

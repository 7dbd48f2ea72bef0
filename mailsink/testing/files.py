"""The files of a mail, found by name as testers know them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    from ..mime import Part

__all__ = ["Attachment", "Attachments"]


class Attachment:
    """One file: its *filename* (``""`` when it has none), *content_type* in lower case and *content*."""

    def __init__(self, part: Part) -> None:
        self.part = part

    @property
    def filename(self) -> str:
        return self.part.filename

    @property
    def content_type(self) -> str:
        return self.part.content_type

    @property
    def cid(self) -> str:
        """The Content-ID without its angle brackets, ``""`` when there is none."""
        return self.part.content_id

    @property
    def content(self) -> bytes:
        """The octets, decoded."""
        return self.part.content()

    @property
    def text(self) -> str:
        """The content as text by its charset, lines ending in ``\\n``."""
        return self.part.text()

    @property
    def size(self) -> int:
        """The octets of `content`."""
        return len(self.content)

    def json(self) -> Any:
        """The content read as JSON. Raises ValueError where it is none."""
        return json.loads(self.content)

    def __repr__(self) -> str:
        from ..display import shown

        return f"<Attachment {shown(self.filename)} {self.content_type} {self.size} bytes>"


class Attachments(Sequence[Attachment]):
    """The files in order; ``attachments["invoice.pdf"]`` is the first of that name."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._files = tuple(map(Attachment, parts))

    @overload
    def __getitem__(self, key: int | str) -> Attachment: ...
    @overload
    def __getitem__(self, key: slice) -> list[Attachment]: ...

    def __getitem__(self, key: int | str | slice) -> Attachment | list[Attachment]:
        if isinstance(key, slice):
            return list(self._files[key])
        if isinstance(key, int):
            if -len(self) <= key < len(self):
                return self._files[key]
            raise IndexError(f"attachments[{key}]: no such file; there are: {self._names()}")
        for file in self._files:
            if file.filename == key:
                return file
        from ..display import shown

        raise KeyError(f"no attachment is called {shown(key)}; there are: {self._names()}")

    def _names(self) -> str:
        from ..display import shown

        return ", ".join(shown(file.filename) for file in self._files) or "none"

    def __contains__(self, key: object) -> bool:
        return key in self._files or any(file.filename == key for file in self._files)

    def __len__(self) -> int:
        return len(self._files)

    def __repr__(self) -> str:
        return repr(list(self._files))

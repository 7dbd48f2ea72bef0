from __future__ import annotations

import pytest
from archiving import small

from mailsink.archive.sidecar import read_sidecar, write_sidecar


def test_what_was_written_is_read(tmp_path):
    mail = small(tags=("a",))
    write_sidecar(tmp_path / "a.json", mail)

    facts = read_sidecar(tmp_path / "a.json", mail.content)

    assert (facts.id, facts.tags, facts.envelope) == (mail.id, mail.tags, mail.envelope)


@pytest.mark.parametrize("octets", [b"", b"[]", b"{}", b"\xff", b'{"id": "x"}', b"[" * 100_000])
def test_what_is_not_ours_is_nothing(octets, tmp_path):
    (tmp_path / "a.json").write_bytes(octets)

    assert read_sidecar(tmp_path / "a.json", b"") is None


def test_none_is_nothing(tmp_path):
    assert read_sidecar(tmp_path / "a.json", b"") is None

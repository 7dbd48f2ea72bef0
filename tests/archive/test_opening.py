"""Archives that gzip made smaller."""

from __future__ import annotations

import gzip

import pytest

from mailsink.archive import reader_of
from mailsink.archive.entry import Bad
from mailsink.archive.formats import format_of_source

MAIL = b"Subject: x\n\nHi\n"


@pytest.mark.parametrize(
    ("name", "octets", "expected"),
    [
        ("a.eml.gz", MAIL, "eml"),
        ("a.mbox.gz", b"From a@example.org Tue Nov 24 10:00:00 2020\n" + MAIL, "mbox"),
        ("2020-November.txt.gz", b"From a@example.org Tue Nov 24 10:00:00 2020\n" + MAIL, "mbox"),
    ],
)
def test_a_smaller_file_is_read(name, octets, expected, tmp_path):
    file = tmp_path / name
    file.write_bytes(gzip.compress(octets))

    (entry,) = reader_of(format_of_source(file))(file)

    assert (format_of_source(file), entry.content) == (expected, MAIL)


@pytest.mark.parametrize(
    "damaged", [MAIL, gzip.compress(MAIL * 100)[:-20], gzip.compress(MAIL)[:10] + b"x" * 99]
)
def test_a_damaged_one_is_said(damaged, tmp_path):
    file = tmp_path / "a.eml.gz"
    file.write_bytes(damaged)

    (bad,) = reader_of("eml")(tmp_path)

    assert isinstance(bad, Bad)
    assert str(bad).startswith(f"{file}: ")


def test_a_content_that_looks_like_gzips_is_left_as_it_is(tmp_path):
    (tmp_path / "a.eml").write_bytes(gzip.compress(MAIL))

    (entry,) = reader_of("eml")(tmp_path)

    assert entry.content == gzip.compress(MAIL)

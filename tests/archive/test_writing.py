from __future__ import annotations

import pytest
from archiving import small

from mailsink.archive.writing import Part, part_of, safe_name, write_whole


@pytest.fixture
def file(tmp_path):
    return tmp_path / "out"


def test_a_part_has_its_name_when_it_is_finished(file):
    part = Part(file)
    part.write(b"abc")
    part.finish()

    assert file.read_bytes() == b"abc"
    assert not part_of(file).exists()


def test_a_part_goes_on_where_it_was_sound(file):
    part_of(file).write_bytes(b"abcde")

    part = Part(file, size=3)
    part.write(b"x")
    part.finish()

    assert file.read_bytes() == b"abcx"


def test_a_part_that_lost_its_end_is_refused(file):
    part_of(file).write_bytes(b"a")

    with pytest.raises(OSError, match="is shorter than it was; remove it to start anew"):
        Part(file, size=3)


def test_an_earlier_part_is_forgotten(file):
    part_of(file).write_bytes(b"abcde")

    Part(file).close()

    assert part_of(file).read_bytes() == b""


def test_a_file_is_written_whole(file):
    write_whole(file, b"a")
    write_whole(file, b"b")

    assert file.read_bytes() == b"b"
    assert [each.name for each in file.parent.iterdir()] == ["out"]


@pytest.mark.parametrize("message_id", ["", "..", "a/b", "a\0", "\ud800", "x" * 65, "CON."])
def test_only_letters_and_digits_name_a_file(message_id):
    assert len(safe_name(small(id=message_id))) == 64


def test_an_id_names_a_file():
    mail = small()

    assert safe_name(mail) == mail.id

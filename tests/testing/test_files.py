from __future__ import annotations

import pytest
from messages import message

from mailsink.testing.files import Attachments

FILES = [
    ("invoice.pdf", "application/pdf", b"%PDF-1.7"),
    ("data.json", "application/json", b'{"total": 12}'),
    ("", "image/png", b"\x89PNG"),
]


@pytest.fixture
def files():
    return Attachments(message(files=FILES).attachments)


def test_a_file_is_found_by_name_and_by_number(files):
    assert files["invoice.pdf"].content == files[0].content == b"%PDF-1.7"
    assert [file.filename for file in files[:2]] == ["invoice.pdf", "data.json"]


def test_what_a_file_tells(files):
    file = files["data.json"]

    assert (file.content_type, file.size, file.cid, file.json(), file.text) == (
        "application/json",
        13,
        "",
        {"total": 12},
        '{"total": 12}',
    )


def test_a_number_that_no_file_has_is_told_with_those_that_are_there(files):
    with pytest.raises(IndexError) as caught:
        files[3]

    assert str(caught.value) == "attachments[3]: no such file; there are: 'invoice.pdf', 'data.json', ''"


def test_what_is_no_json_is_refused(files):
    with pytest.raises(ValueError, match="Expecting value"):
        files["invoice.pdf"].json()


def test_names_and_files_are_in_it(files):
    assert "invoice.pdf" in files
    assert files[0] in files
    assert "other.pdf" not in files
    assert len(files) == 3


def test_a_name_that_is_not_there_is_answered_with_those_that_are(files):
    with pytest.raises(KeyError) as caught:
        files["invoice"]

    assert caught.value.args == (
        "no attachment is called 'invoice'; there are: 'invoice.pdf', 'data.json', ''",
    )


def test_where_there_are_none_it_says_so():
    with pytest.raises(KeyError) as caught:
        Attachments([])["invoice"]

    assert caught.value.args == ("no attachment is called 'invoice'; there are: none",)


def test_they_are_shown_by_name_type_and_size(files):
    assert repr(files[:1]) == "[<Attachment 'invoice.pdf' application/pdf 8 bytes>]"
    assert repr(Attachments([])) == "[]"


def test_a_picture_has_its_content_id():
    octets = (
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n"
        b"--x\r\nContent-Type: text/html\r\n\r\n<img src=cid:logo>\r\n"
        b"--x\r\nContent-Type: image/png\r\nContent-ID: <logo>\r\nContent-Disposition: inline\r\n\r\n"
        b"PNG\r\n--x--\r\n"
    )

    (picture,) = Attachments(message(octets=octets).parsed.inline)

    assert (picture.cid, picture.filename) == ("logo", "")

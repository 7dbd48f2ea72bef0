from __future__ import annotations

from mailsink.testing.late import Late


def test_late_mail_is_told_in_a_sentence():
    late = Late(test="tests/test_a.py::test_x", seconds=0.149, line="a -> b  'c'")

    assert str(late) == "tests/test_a.py::test_x sent a mail 0.15 s after it ended: a -> b  'c'"

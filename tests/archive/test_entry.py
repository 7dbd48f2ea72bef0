from __future__ import annotations

from pathlib import Path

import pytest

from mailsink.archive import Bad


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (Bad(file=Path("in.mbox"), place="octet 7", why="it is wrong"), "in.mbox, octet 7: it is wrong"),
        (Bad(file=Path("a.eml"), why="it is wrong"), "a.eml: it is wrong"),
    ],
    ids=["a place in it", "all of it"],
)
def test_a_bad_entry_says_where_and_why(bad, said):
    assert str(bad) == said

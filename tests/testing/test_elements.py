from __future__ import annotations

import subprocess
import sys

import pytest

from mailsink.testing.elements import Element, select

HTML = "<table class=items><tr><td class=price>12.00\n  €</td><td class='price x' hidden>3</td></tr></table>"


def test_elements_are_found_by_a_selector():
    assert select(HTML, "table.items td.price") == [
        Element(
            tag="td", text="12.00 €", attributes={"class": "price"}, html='<td class="price">12.00\n  €</td>'
        ),
        Element(
            tag="td",
            text="3",
            attributes={"class": "price x", "hidden": ""},
            html='<td class="price x" hidden="">3</td>',
        ),
    ]


def test_where_nothing_is_found_there_is_none():
    assert select(HTML, "p") == []
    assert select("", "p") == []


def test_what_is_no_selector_is_told():
    with pytest.raises(
        ValueError, match=r"^select\('<<'\): no CSS selector that selectolax knows: "
    ) as caught:
        select(HTML, "<<")

    assert caught.value.__suppress_context__


def test_without_the_package_it_is_said_what_to_install():
    code = (
        "import sys; sys.modules['selectolax'] = None\n"
        "from mailsink.testing.elements import select\n"
        "try: select('', 'p')\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert said == (
        "ConfigError select() needs the package selectolax; install mailsink with its extra html\n"
    )

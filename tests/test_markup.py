"""HTML as readers see it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsink.markup import Tag, tokens, unescape, visible_text, without_frames


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("a<br>b<br/><br>c", "a\nb\n\nc"),
        ("a  \n <b> b</b>\tc", "a b c"),
        ("<table><tr><td>1</td><td>2</td></tr><tr><td>3</table>", "1 2\n3"),
        ("<pre> x\n   y</pre>", "x\n   y"),
        ("<head><title>t</title><style>s</style></head>a<script>b</script>c", "ac"),
        ("a<!-- b > -->c<![if !mso]>d", "acd"),
        ("<img alt='logo'> a", "logo a"),
        ("a &amp; b&nbsp;&eacute; &#8364; &lt;b&gt;", "a & b é € <b>"),
        ("1 < 2 > 3", "1 < 2 > 3"),
        ("a</>b</ p>c<?x?>d", "abcd"),
        ("a<b", "a"),
        ("a<!--", "a"),
        ("a<script>b", "a"),
        ("a<SCRIPT>b</ScRiPt >c", "ac"),
        ("<a title='>'>x</a>", "x"),
        ("", ""),
    ],
)
def test_visible_text(html, text):
    assert visible_text(html) == text


def test_reading_stops_soon_after_the_limit():
    assert len(visible_text("<p>word</p>" * 1000, limit=100)) < 200


def test_attributes_are_lower_case_and_the_first_counts():
    assert list(tokens("<A HREF='x' href=y b c = \"d\" e=f/>")) == [
        Tag("a", {"href": "x", "b": "", "c": "d", "e": "f/"}, is_end=False)
    ]


@pytest.mark.parametrize(
    ("text", "character"),
    [
        ("&#" + "9" * 5000 + ";", "\ufffd"),
        ("&#x" + "f" * 5000, "\ufffd"),
        ("&#xd800;", "\ufffd"),
        ("&#65;", "A"),
        ("&none;", "&none;"),
    ],
)
def test_character_references_of_any_length(text, character):
    assert unescape(text) == character


@given(st.text(alphabet="<>/!-='\"&;#ax \n"))
def test_any_markup_is_read(html):
    visible_text(html)


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ('<iframe src="x">a</iframe>b', '<template src="x">a</template>b'),
        ("<IFrame/src=x>", "<template/src=x>"),
        ("<iframe\nsrc=x>", "<template\nsrc=x>"),
        ("<frameset><frame src=x></frameset>", "<frameset><x-frame src=x></frameset>"),
        ("<iframes><b>iframe</b>&lt;iframe>", "<iframes><b>iframe</b>&lt;iframe>"),
    ],
)
def test_frames_are_taken_out(text, made):
    assert without_frames(text) == made

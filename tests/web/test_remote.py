from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsink_web.remote import RemoteHost, remote_hosts


def found(html):
    return [(host.host, host.things) for host in remote_hosts(html)]


@pytest.mark.parametrize(
    ("html", "thing"),
    [
        ('<img src="https://x.example/a">', "1 image"),
        ("<img src='//x.example/a'>", "1 image"),
        ('<img srcset="https://x.example/a 1x, https://x.example/b 2x">', "2 images"),
        ('<table background="http://x.example/a">', "1 image"),
        ('<p style="background: url(https://x.example/a)">', "1 image"),
        ("<style>p { background: url('https://x.example/a') }</style>", "1 image"),
        ("<style>@font-face { src: url(https://x.example/a.woff2) }</style>", "1 font"),
        ('<style>@import "https://x.example/a";</style>', "1 style sheet"),
        ("<style>@import url(https://x.example/a);</style>", "1 style sheet"),
        ('<link rel="stylesheet" href="https://x.example/a">', "1 style sheet"),
        ('<link rel="prefetch" href="https://x.example/a">', "1 file"),
        ('<script src="https://x.example/a"></script>', "1 script"),
        ('<iframe src="https://x.example/a"></iframe>', "1 frame"),
        ('<video src="https://x.example/a">', "1 media file"),
        ('<object data="https://x.example/a">', "1 object"),
        ('<svg><image href="https://x.example/a"/></svg>', "1 image"),
        ('<IMG SRC="HTTPS://X.EXAMPLE/a">', "1 image"),
        ('<img src="https://x.example/&#97;">', "1 image"),
    ],
)
def test_what_would_be_loaded_is_found(html, thing):
    assert found(html) == [("x.example", (thing,))]


@pytest.mark.parametrize(
    "html",
    [
        '<a href="https://x.example/">link</a>',
        '<img src="cid:a@b">',
        '<img src="data:image/png;base64,x">',
        '<img src="relative.png">',
        "https://x.example/ in words",
        '<link rel="canonical" href="https://x.example/">',
        '<img src="http://[">',
        "",
    ],
)
def test_what_is_not_loaded_does_not_count(html):
    assert found(html) == []


def test_hosts_come_in_the_order_of_their_mention_and_each_thing_once():
    html = '<img src="http://b.example/1"><img src="http://a.example/1"><img src="http://b.example/1">'

    assert found(html) == [("b.example", ("1 image",)), ("a.example", ("1 image",))]


@pytest.mark.parametrize(
    "size",
    [
        'width="1" height="1"',
        "width=1px height=0",
        'style="width:1px;height:1px"',
        'style="height: 0; width: 1px"',
    ],
)
def test_a_picture_of_one_pixel_tracks(size):
    (host,) = remote_hosts(f'<img src="https://x.example/o.gif" {size}>')

    assert host == RemoteHost(host="x.example", things=("1 image",), tracks=True)


def test_a_picture_of_a_size_does_not_track():
    (host,) = remote_hosts('<img src="https://x.example/o.gif" width="100" height="1">')

    assert not host.tracks


@given(st.text(alphabet="<>![]-/\"'=& imgsrcdt:hp.@;x\n", max_size=80))
def test_no_html_makes_it_raise(html):
    remote_hosts(html)


def test_marked_sections_do_not_make_it_raise():
    assert (
        found('<img src="https://x.example/a"><![if x]><![foo[<img src="https://y.example/a">')[0][0]
        == "x.example"
    )


@pytest.mark.parametrize(
    "html",
    [
        pytest.param("<!--" * 100_000, id="comments"),
        pytest.param("<a href='" * 100_000, id="quotes"),
        pytest.param("<![CDATA[" * 100_000, id="marked sections"),
        pytest.param(f"<img src=//a.example style='width:1{' ' * 100_000}x'>", id="spaces"),
    ],
)
def test_broken_markup_takes_no_longer_than_it_is(html):
    # With time that grows by the square of it, this would take minutes.
    assert len(remote_hosts(html)) <= 1


def test_what_a_style_holds_counts_and_what_a_comment_holds_does_not():
    style = "<style>@import 'https://a.example/x'; b { background: url(//b.example/y) }</style>"
    html = f"{style}<!-- <img src=//c.example> -->"

    assert [host.host for host in remote_hosts(html)] == ["a.example", "b.example"]

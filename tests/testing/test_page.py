from __future__ import annotations

from sending import send

from mailsink.testing import Mail

HOSTILE = b"""\
From: Shop <shop@example.com>
To: ada@example.org
Subject: <script>alert(1)</script>
Content-Type: text/html

<!-- <script>alert(2)</script> --><p onclick="x">Hi</p></iframe><img src="http://example.net/pixel">
<a href="https://shop.example/?a=1&b=2">Go on</a> <a href="javascript:alert(3)">no</a>
"""
PICTURE = b"""\
Subject: Picture
Content-Type: multipart/related; boundary=B

--B
Content-Type: text/html

<img src="cid:one@shop"><img src="cid:none@shop">
--B
Content-Type: image/png
Content-ID: <one@shop>
Content-Transfer-Encoding: base64

iVBORw==
--B--
"""


def page_of(mailsink, content: bytes) -> str:
    send((mailsink.host, mailsink.port), content)
    return mailsink.expect().page()


def test_the_envelope_the_fields_and_the_bodies_are_shown(mailsink):
    content = b"From: Shop <shop@example.com>\nSubject: Bill 17\n\nTotal: <12>"

    page = page_of(mailsink, content)

    assert "<title>Bill 17</title>" in page
    assert "<dt>MAIL<dd>shop@example.com\n<dt>RCPT<dd>ada@example.org\n" in page
    assert "<dt>From<dd>Shop &lt;shop@example.com&gt;" in page
    assert "<pre>Total: &lt;12&gt;\n</pre>" in page


def test_what_a_stranger_wrote_stands_in_a_sandbox_as_text(mailsink):
    page = page_of(mailsink, HOSTILE)

    assert "<script" not in page
    assert page.count("<iframe") == page.count("</iframe>") == 1
    assert "<iframe sandbox title=" in page
    assert "default-src &#x27;none&#x27;" in page.partition("srcdoc=")[2]
    assert page.index("default-src 'none'") < page.index("alert")


def test_links_to_pages_can_be_followed_and_no_others(mailsink):
    page = page_of(mailsink, HOSTILE)

    assert '<a href="https://shop.example/?a=1&amp;b=2" rel="noreferrer noopener" target=_blank>' in page
    assert 'href="javascript:' not in page


def test_pictures_of_its_own_are_shown_and_others_left(mailsink):
    page = page_of(mailsink, PICTURE)

    assert "&lt;img src=&quot;data:image/png;base64,iVBORw==&quot;&gt;" in page
    assert "cid:none@shop" in page


def test_it_is_opened_in_the_browser(mailsink, monkeypatch, tmp_path):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    send((mailsink.host, mailsink.port), b"Subject: Re: Bill/17\n\nHi")
    mail: Mail = mailsink.expect()

    path = mail.open()

    assert (opened, path.name) == ([path.as_uri()], "re-bill-17.html")
    assert path.read_text("utf-8") == mail.page()

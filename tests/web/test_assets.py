from __future__ import annotations

import gzip

from mailsink_web import assets

ANY_FILE = next((p for p in sorted(assets.FOLDER.rglob("*")) if p.is_file()), None)


def path_of(version):
    assert ANY_FILE is not None
    return f"/static/{version}/{ANY_FILE.relative_to(assets.FOLDER).as_posix()}"


def test_the_address_holds_a_hash_of_all_files():
    assert assets.static_url("app.css") == f"/static/{assets.version()}/app.css"
    assert len(assets.version()) == 12


def test_a_file_may_be_kept_for_ever(http):
    answer = http.get(path_of(assets.version()))

    assert answer.status == 200
    assert answer.body == ANY_FILE.read_bytes()
    assert "immutable" in answer.headers["Cache-Control"]
    assert "max-age=31536000" in answer.headers["Cache-Control"]


def test_a_file_of_another_version_must_be_asked_for_again(http):
    answer = http.get(path_of("000000000000"))

    assert answer.status == 200
    assert "immutable" not in answer.headers["Cache-Control"]
    assert "no-cache" in answer.headers["Cache-Control"]


def test_a_file_outside_the_folder_is_not_served(http):
    assert http.get(f"/static/{assets.version()}/../app.py").status == 404
    assert http.get(f"/static/{assets.version()}/%2e%2e/app.py").status == 404


def test_a_browser_gets_a_file_packed(http):
    plain = http.get(assets.static_url("app.css"))
    packed = http.get(assets.static_url("app.css"), **{"Accept-Encoding": "gzip, br"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 3
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    assert packed.headers["Content-Type"] == "text/css; charset=utf-8"


def test_packing_can_be_refused(http):
    answer = http.get(assets.static_url("app.css"), **{"Accept-Encoding": "gzip;q=0"})

    assert answer.headers["Content-Encoding"] is None


def test_a_page_asks_for_its_modules_at_once(http):
    page = http.get("/connect").body.decode()

    assert {"js/app.js", "js/early.js", "js/times.js"} <= set(assets.modules())
    assert all(
        f'<link rel="modulepreload" href="{assets.static_url(name)}">' in page for name in assets.modules()
    )
    assert assets.WORKER not in assets.modules()
    assert (assets.FOLDER / assets.WORKER).is_file()

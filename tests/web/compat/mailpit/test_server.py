from __future__ import annotations

import pytest
from asking import Http

import mailsink
from mailsink import Sink
from mailsink_web.server import serve

API = "/mailpit/api/v1"


def test_what_runs(http, three, sink):
    sink.everything.mark([three[0].id], read=True)

    answer = http.get(f"{API}/info").json

    assert (answer["Version"], answer["LatestVersion"]) == (f"mailsink {mailsink.__version__}", "disabled")
    assert (answer["Messages"], answer["Unread"], answer["Tags"]) == (3, 2, {})
    assert (answer["Database"], answer["DatabaseSize"]) == ("memory", 0)
    assert answer["RuntimeStats"]["Memory"] > 1_000_000


def test_a_file_has_a_size(tmp_path):
    with Sink(store=tmp_path / "mail.sqlite") as sink, serve(sink, port=0) as web:
        http = Http(web.host, web.port)
        answer = http.get(f"{API}/info").json
        http.close()

    assert answer["Database"] == str(tmp_path / "mail.sqlite")
    assert answer["DatabaseSize"] > 0


def test_how_it_is_set_up(http):
    answer = http.get(f"{API}/webui").json

    assert answer["MessageRelay"]["Enabled"] is False
    assert (answer["ChaosEnabled"], answer["SpamAssassin"]) == (True, False)


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/mailpit/livez", "/mailpit/readyz"])
def test_it_lives(http, path):
    assert http.get(path).status == 200


def test_without_a_listener_it_is_not_ready(http, sink):
    sink.listeners[0].close()

    answer = http.get("/readyz")

    assert (answer.status, answer.body) == (503, b"There is no listener; mail can be sent nowhere.")
    assert http.get("/livez").status == 200

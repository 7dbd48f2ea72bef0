from __future__ import annotations

import pytest

import mailsink


@pytest.mark.parametrize("prefix", ["", "/api"])
def test_it_lives(http, prefix):
    assert http.get(f"/maildev{prefix}/healthz").json is True


def test_how_it_is_set_up(http, sink):
    assert http.get("/maildev/config").json == {
        "version": f"mailsink {mailsink.__version__}",
        "smtpPort": sink.port,
        "isOutgoingEnabled": False,
        "outgoingHost": None,
    }


def test_there_is_no_directory_to_read_again(http, sink, three):
    assert http.get("/maildev/reloadMailsFromDirectory").json is True
    assert len(sink.everything) == 3

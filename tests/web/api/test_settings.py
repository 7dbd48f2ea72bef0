from __future__ import annotations

import json

import pytest
from asking import Http

import mailsink
from mailsink import Credentials, Limits, Policy, Retention, Sink
from mailsink_web.server import serve


def test_it_says_what_runs_and_with_what(http, sink):
    found = http.get("/api/settings").json

    assert found["version"] == mailsink.__version__
    assert found["store"] == {
        "kind": "memory",
        "file": None,
        "retention": {"max_messages": 10_000, "max_bytes": 1024**3, "max_age": 0.0},
    }
    assert found["http"] == {"authentication": False, "origins": [], "seats": 384}
    (listener,) = found["listeners"]
    assert (listener["url"], listener["protocol"], listener["tls"]) == (sink.url, "smtp", "none")
    assert listener["limits"]["max_size"] == 100 * 1024**2
    assert listener["login"] == {"required": False, "anyone": False, "users": 0, "mechanisms": []}


def test_an_extension_is_named_where_it_can_be_offered(http, sink):
    sink.listen(
        tls="starttls",
        policy=Policy(credentials=Credentials(users={"ada": "s3cret"}), require_auth=True, xclient=True),
    )
    plain, full = http.get("/api/settings").json["listeners"]

    assert {"STARTTLS", "REQUIRETLS", "AUTH", "XCLIENT"} & set(plain["extensions"]) == set()
    assert {"STARTTLS", "REQUIRETLS", "AUTH", "XCLIENT"} <= set(full["extensions"])
    assert full["login"]["required"]
    assert full["trusts"] == ["xclient"]


def test_a_file_says_where_it_is_and_how_much_it_keeps(tmp_path):
    file = tmp_path / "mail.db"
    retention = Retention(all=Limits(max_messages=5, max_age=60))
    with Sink(store=file, retention=retention) as sink, serve(sink, port=0) as web:
        http = Http(web.host, web.port)
        found = http.get("/api/settings").json["store"]
        http.close()

    assert found == {
        "kind": "file",
        "file": str(file),
        "retention": {"max_messages": 5, "max_bytes": 0, "max_age": 60.0},
    }


@pytest.mark.parametrize("secret", ["full-secret", "read-secret", "smtp-secret", "ada"])
def test_no_secret_is_told(secret):
    policy = Policy(credentials=Credentials(users={"ada": "smtp-secret"}))
    with (
        Sink(policy=policy) as sink,
        serve(sink, port=0, tokens=["full-secret"], read_tokens=["read-secret"]) as web,
    ):
        http = Http(web.host, web.port, headers={"Authorization": "Bearer read-secret"})
        found = http.get("/api/settings").json
        http.close()

    assert found["http"]["authentication"]
    assert secret not in json.dumps(found)

from __future__ import annotations

import mailsink
from mailsink import Sink
from mailsink_web.app import create_app


def test_health_says_what_runs_and_where(http, sink, captured):
    captured()

    assert http.get("/api/health").json == {
        "status": "ok",
        "version": mailsink.__version__,
        "smtp": [{"host": "127.0.0.1", "port": sink.port, "tls": "none", "inbox": "default"}],
        "store": "memory",
        "loop": sink.loop,
        "messages": 1,
        "unread": 1,
    }


def test_an_address_that_takes_no_parameters_says_so(http):
    assert http.get("/api/health?deep=1").json["detail"] == (
        "There is no parameter 'deep'; none is taken here."
    )


def test_the_certificate_to_trust_can_be_downloaded(sink, http):
    sink.listen(tls="implicit")

    answer = http.get("/api/ca.pem")

    assert answer.headers["Content-Type"] == "application/x-pem-file"
    assert answer.body == sink.certificates.ca_pem()


def test_without_tls_there_is_no_certificate(http):
    answer = http.get("/api/ca.pem")

    assert answer.status == 404
    assert answer.json["detail"] == (
        "Nothing here speaks TLS; start mailsink with --starttls, --smtps or --http-tls."
    )


def test_what_runs_lives_and_is_ready(http):
    assert http.get("/api/livez").json == http.get("/api/readyz").json == {"status": "ok"}


def test_without_a_listener_it_is_not_ready(http, sink):
    sink.listeners[0].close()

    answer = http.get("/api/readyz")

    assert answer.status == 503
    assert answer.json["detail"] == "There is no listener; mail can be sent nowhere."
    assert http.get("/api/livez").status == 200


def test_without_its_store_it_is_not_ready(tmp_path):
    with Sink(store=tmp_path / "mail.db") as sink:
        client = create_app(sink).test_client()
        sink.store.close()

        answer = client.get("/api/readyz")

    assert answer.status_code == 503
    assert answer.json["detail"] == f"The store cannot be read: {tmp_path / 'mail.db'}: the store is closed."

from __future__ import annotations

import pytest
from asking import Http
from keeping import keep
from keeping import mail as stored
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text
from sending import mail, raw, send

import mailsink
from mailsink import Sink
from mailsink.errors import StoreError
from mailsink_web.app import create_app
from mailsink_web.server import serve

# What a server of Prometheus 3 sends.
SCRAPE = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)


@pytest.fixture
def scrape(http):
    """All samples by name and labels, as Prometheus reads them."""

    def scrape():
        families = read_text(http.get("/metrics").body.decode())
        return {
            (sample.name, *sorted(sample.labels.items())): sample.value
            for family in families
            for sample in family.samples
        }

    return scrape


def replies(verb, code):
    return ("mailsink_smtp_replies_total", ("code", code), ("verb", verb))


def test_replies_are_counted_by_verb_and_code(sink, scrape):
    with raw((sink.host, sink.port)) as client:
        client.reply()
        for line in (b"EHLO client.example.org", b"RCPT TO:<ada@example.org>", b"WRONG", b"noop"):
            client.ask(line)
        found = scrape()

    assert found[replies("connect", "220")] == found[replies("EHLO", "250")] == 1
    assert (
        found[replies("RCPT", "503")] == found[replies("other", "500")] == found[replies("NOOP", "250")] == 1
    )
    assert found["mailsink_sessions_open",] == 1


def test_a_session_that_is_over_is_counted_once(sink, scrape):
    with sink.events.subscribe(kinds=("session",)) as ended:
        send((sink.host, sink.port), mail())
        ended.get(10)

    found = scrape()

    assert found[replies("DATA", "354")] == found[replies("DATA", "250")] == 1
    assert found["mailsink_session_duration_seconds_count",] == found["mailsink_sessions_total",] == 1
    assert found["mailsink_sessions_open",] == 0
    assert found["mailsink_smtp_content_bytes_total",] >= len(mail())


def test_replies_beyond_what_a_transcript_keeps_are_counted(sink, scrape):
    with raw((sink.host, sink.port)) as client:
        client.reply()
        client.ask(b"EHLO client.example.org")
        for _ in range(3):
            client.say(b"RSET\r\nMAIL FROM:<a@example.org>\r\n" * 200)
            for _ in range(400):
                client.reply()
        found = scrape()

    assert found[replies("MAIL", "250")] == 600


@pytest.mark.parametrize("where", ["memory", "mail.db"])
def test_what_is_kept_is_measured(tmp_path, where):
    with Sink(store=where if where == "memory" else tmp_path / where) as sink:
        first, *_ = keep(sink.store, stored(), stored(), stored())
        with pytest.raises(StoreError):
            keep(sink.store, first)
        sink.store.delete([first.id])
        body = create_app(sink).test_client().get("/metrics").text
    found = {s.name: s.value for family in read_text(body) for s in family.samples}

    assert found["mailsink_messages_captured_total"] == found["mailsink_message_size_bytes_count"] == 3
    assert found["mailsink_message_size_bytes_sum"] == 3 * first.size
    assert found["mailsink_store_add_duration_seconds_count"] == 3
    assert found["mailsink_store_failures_total"] == 1
    assert (found["mailsink_messages"], found["mailsink_messages_unread"]) == (2, 2)
    assert found["mailsink_messages_bytes"] == 2 * first.size


def test_deliveries_to_webhooks_are_told_where_there_are_webhooks(http, scrape):
    before = [name for name, *_ in scrape()]
    made = http.post("/api/webhooks", {"url": "http://127.0.0.1:9/", "enabled": False}).json
    http.post(f"/api/webhooks/{made['id']}/test", None)

    assert "mailsink_webhook_deliveries" not in before
    assert scrape()["mailsink_webhook_deliveries", ("state", "waiting")] == 1


def test_faults_stay_counted_when_their_rules_are_gone(sink, scrape):
    sink.inbox.faults.add(stage="rcpt", reply="450 4.2.0 Later")
    with raw((sink.host, sink.port)) as client:
        client.reply()
        for line in (b"EHLO client.example.org", b"MAIL FROM:<>", b"RCPT TO:<ada@example.org>"):
            client.ask(line)
    sink.faults.clear()

    assert scrape()["mailsink_faults_fired_total", ("action", "reply"), ("stage", "rcpt")] == 1


def test_it_says_what_runs(scrape):
    found = scrape()

    labels = next(dict(labels) for (name, *labels) in found if name == "mailsink_build_info")
    assert labels["version"] == mailsink.__version__
    assert found["process_cpu_seconds_total",] > 0
    assert found["mailsink_waiters",] == 0


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (SCRAPE, "application/openmetrics-text"),
        ("text/plain", "text/plain"),
        ("*/*", "text/plain"),
        ("text/plain, application/openmetrics-text;q=0.5", "text/plain"),
        ("application/openmetrics-text;q=0", "text/plain"),
    ],
)
def test_the_format_is_the_one_that_is_asked_for(http, accept, kind):
    answer = http.get("/metrics", Accept=accept)

    assert answer.headers.get_content_type() == kind
    if kind != "text/plain":
        assert list(read_openmetrics(answer.body.decode()))


def test_a_token_that_may_only_read_may_scrape(sink):
    with serve(sink, port=0, read_tokens=["only-to-read"]) as web:
        http = Http(web.host, web.port)
        refused = http.get("/metrics")
        answer = http.get("/metrics", Authorization="Bearer only-to-read")
        http.close()

    assert (refused.status, answer.status) == (401, 200)

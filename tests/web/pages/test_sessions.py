from __future__ import annotations

import re

from sending import TO_FULL, converse, raw, send


def session_of(sink):
    return sink.sessions.list()[0].id


def test_every_connection_is_listed_also_the_failed_ones(sink, read):
    send((sink.host, sink.port))
    with raw((sink.host, sink.port)) as client:
        client.reply()
        client.ask(b"EHLO worker-3.example")
        client.ask(b"MAIL FROM:<a@example.org>")

        words = read("/sessions")

    assert "1 captured" in words
    assert "open worker-3.example" in words


def test_nobody_has_connected_yet(read):
    assert "Nobody has connected yet." in read("/sessions")


def test_there_are_no_older_sessions(read):
    assert "There is nothing older." in read("/sessions?before=0")


def test_older_sessions_are_one_link_away(sink, look):
    for _ in range(51):
        with raw((sink.host, sink.port)) as client:
            client.reply()
            client.ask(b"QUIT")

    older = re.search(r'rel="next" href="(.*?)"', look("/sessions"))[1]

    assert look(older).count('class="cell-link"') == 1


def test_a_session_shows_its_dialogue(sink, read):
    send((sink.host, sink.port))

    words = read(f"/sessions/{session_of(sink)}")

    assert "The client said QUIT." in words
    assert "rcpt to:" in words.lower()
    assert "octets of content" in words
    assert "Message 1" in words


def test_what_a_client_says_stays_words(sink, look):
    with raw((sink.host, sink.port)) as client:
        client.reply()
        client.ask(b"EHLO <script>alert(1)</script>")
        client.ask(b"<img src=x>")
        client.ask(b"QUIT")

    page = look(f"/sessions/{session_of(sink)}") + look("/sessions")

    assert "<script>alert" not in page
    assert "<img" not in page


def test_the_transcript_comes_as_text(sink, http):
    send((sink.host, sink.port))

    answer = http.get(f"/sessions/{session_of(sink)}/transcript.txt")

    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert re.search(r"^ +\d+\.\d  S: 220 ", answer.body.decode(), re.MULTILINE)
    assert "octets of content)" in answer.body.decode()
    assert http.get("/sessions/nowhere/transcript.txt").status == 404


def test_sessions_are_narrowed_by_the_address(sink, ended, look):
    send((sink.host, sink.port))
    with raw((sink.host, sink.port)) as client:
        client.reply()
        client.ask(b"EHLO worker-3.example")
        client.ask(b"QUIT")
    ended(2)

    assert look("/sessions?show=captured").count('class="cell-link"') == 1
    assert look("/sessions?who=worker-3").count('class="cell-link"') == 1
    assert "worker-3.example" in look("/sessions?who=worker-3")
    assert "Nothing of that kind is here with “<bdi>&lt;b&gt;</bdi>”." in look("/sessions?who=<b>")


def test_a_session_leads_back_to_the_list_that_it_was_opened_from(sink, ended, look):
    send((sink.host, sink.port))
    send((sink.host, sink.port))
    ended(2)
    newest, oldest = (session.id for session in sink.sessions.list())

    assert f'href="/sessions/{newest}?show=captured"' in look("/sessions?show=captured")
    page = look(f"/sessions/{newest}?show=captured")
    assert 'href="/sessions?show=captured" title="Back to the sessions (Esc)"' in page
    assert f'href="/sessions/{oldest}?show=captured" title="Older session (j)"' in page
    assert 'aria-disabled="true" title="Newer session (k)"' in page


def test_a_session_names_each_mail_and_why_it_was_refused(sink, ended, read):
    sink.inbox.faults.add(stage="rcpt", rcpt="*@full.example", reply="452 4.2.2 Mailbox full")
    converse((sink.host, sink.port), *TO_FULL)
    ended(1)

    assert "ops@shop.example ada@full.example 452 4.2.2 Mailbox full" in read(f"/sessions/{session_of(sink)}")


def test_a_message_leads_to_its_session_and_back(captured, look):
    message = captured()

    assert f'href="/sessions/{message.session_id}"' in look(f"/messages/{message.id}?view=session")
    assert f'href="/messages/{message.id}"' in look(f"/sessions/{message.session_id}")

from __future__ import annotations

import threading
from dataclasses import replace

import msgspec
from messages import message

from mailsink_web import present
from mailsink_web.encodings import KEPT, MOST_SIZE, Encodings


def test_a_message_is_encoded_once_for_all_who_ask():
    encodings, asked = Encodings(), message(octets=b"Subject: Hello\r\n\r\nHello\r\n")
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(encodings.of(asked))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(answer is answers[0] for answer in answers)
    assert bytes(answers[0]) == msgspec.json.encode(present.message(asked))


def test_a_message_that_was_marked_is_another():
    encodings, asked = Encodings(), message()
    unread = encodings.of(asked)

    read = encodings.of(replace(asked, read=True))

    assert b'"read":false' in bytes(unread)
    assert b'"read":true' in bytes(read)


def test_only_the_newest_few_are_kept_and_none_that_are_large():
    encodings = Encodings()
    first = message()
    large = message(octets=b"Subject: Hello\r\n\r\n" + b"a" * MOST_SIZE)

    made = encodings.of(first)
    assert encodings.of(large) is not encodings.of(large)
    assert encodings.of(first) is made
    others = [message() for _ in range(KEPT)]
    for other in others:
        encodings.of(other)

    assert encodings.of(first) is not made

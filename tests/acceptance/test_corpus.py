"""What a client sends is what the sink keeps: content octet for octet, and the envelope."""

from __future__ import annotations

import urllib.request

import pytest
from acceptance.clients import CLIENTS, Raw
from acceptance.corpus import MAILS, Sample

from mailsink import Message, Sink
from mailsink_web.server import serve

CASES = pytest.mark.parametrize(
    ("client", "sample"),
    [
        pytest.param(client, sample, id=f"{name}-{mail}")
        for name, client in CLIENTS.items()
        for mail, sample in MAILS.items()
    ],
)
SAMPLES = pytest.mark.parametrize("sample", MAILS.values(), ids=MAILS)


@pytest.fixture(scope="module", params=["memory", "file"])
def sink(request, tmp_path_factory):
    store = "memory" if request.param == "memory" else str(tmp_path_factory.mktemp("store") / "mail.db")
    with Sink(smtp=(), store=store) as sink:
        yield sink


@pytest.fixture
def listener(sink):
    """A listener whose inbox is empty."""
    listener = sink.listen(inbox="corpus")
    yield listener
    listener.close()
    sink.inboxes["corpus"].clear()


@pytest.fixture(scope="module")
def web(sink):
    with serve(sink, port=0) as web:
        yield web


def kept(sink: Sink) -> Message:
    return sink.inboxes["corpus"].expect(timeout=30)


@CASES
def test_what_was_sent_is_kept(sink, listener, client, sample: Sample, tmp_path):
    client.require()

    client.send((listener.host, listener.port), sample, tmp_path)

    message = kept(sink)
    assert same(message.content, client.content(sample))
    assert (message.envelope.reverse_path, message.envelope.forward_paths) == client.paths(sample)


@SAMPLES
def test_the_parameters_of_the_envelope_are_kept(sink, listener, sample: Sample, tmp_path):
    Raw().send((listener.host, listener.port), sample, tmp_path)

    assert tuple(map(str, kept(sink).envelope.parameters)) == sample.options


@SAMPLES
def test_what_was_sent_is_what_http_gives(sink, listener, web, sample: Sample, tmp_path):
    Raw().send((listener.host, listener.port), sample, tmp_path)

    with urllib.request.urlopen(f"{web.url}/api/messages/{kept(sink).id}/content", timeout=30) as answer:
        assert same(answer.read(), sample.content)


@SAMPLES
def test_what_was_sent_can_be_shown(sink, listener, web, sample: Sample, tmp_path):
    Raw().send((listener.host, listener.port), sample, tmp_path)

    for path in ("/api/messages/{}", "/messages/{}"):
        with urllib.request.urlopen(web.url + path.format(kept(sink).id), timeout=30) as answer:
            assert answer.status == 200


def same(actual: bytes, expected: bytes) -> bool:
    """Whether both are the same; a failure shows where they part, not ten megabytes of each."""
    if actual == expected:
        return True
    place = next(
        (i for i, (a, b) in enumerate(zip(actual, expected, strict=False)) if a != b),
        min(len(actual), len(expected)),
    )
    around = slice(max(0, place - 20), place + 20)
    pytest.fail(
        f"they part at octet {place} of {len(expected)}: {actual[around]!r} is not {expected[around]!r}",
        pytrace=False,
    )

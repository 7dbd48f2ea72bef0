"""Whatever octets are sent, in whatever pieces, come out as they were sent."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

# What matters to the dialogue comes often, everything else now and then.
CONTENT = st.lists(
    st.one_of(
        st.sampled_from([b"\r\n", b"\n", b"\r", b".", b"\r\n.", b"\r\n.\r\n", b".\r\n", b"\0", b"QUIT\r\n"]),
        st.binary(max_size=20),
    ),
    max_size=30,
).map(b"".join)
CUTS = st.lists(st.integers(min_value=1, max_value=40), max_size=12)
RUN = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(params=["none", "implicit"], ids=["plain", "tls"])
def client(serve, request):
    served = serve(tls=request.param, max_idle_commands=0)
    client = served.connect()
    client.served = served
    client.ehlo()
    return client


def send_in_pieces(client, octets: bytes, cuts: list[int]) -> None:
    for cut in cuts:
        if piece := octets[:cut]:
            client.send(piece)
        octets = octets[cut:]
    if octets:
        client.send(octets)


def last_content(client) -> bytes:
    return client.served.sink.store.latest().content


@RUN
@given(content=CONTENT, cuts=CUTS)
def test_content_sent_by_data_comes_out_as_sent(client, content, cuts):
    if content and not content.endswith(b"\r\n"):
        content += b"\r\n"
    wire = (b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n"
    client.mail()
    client.say("DATA")
    send_in_pieces(client, wire, cuts)

    assert client.reply().code == 250
    assert last_content(client) == content


@RUN
@given(content=CONTENT, cuts=CUTS)
def test_a_pipelined_mail_comes_out_as_sent(client, content, cuts):
    if content and not content.endswith(b"\r\n"):
        content += b"\r\n"
    wire = (b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n"
    commands = b"MAIL FROM:<a@example.com>\r\nRCPT TO:<ada@example.org>\r\nDATA\r\n"
    send_in_pieces(client, commands + wire + b"NOOP\r\n", cuts)

    assert [client.reply().code for _ in range(5)] == [250, 250, 354, 250, 250]
    assert last_content(client) == content


@RUN
@given(chunks=st.lists(st.binary(max_size=40), min_size=1, max_size=5), cuts=CUTS)
def test_content_sent_by_bdat_comes_out_as_sent(client, chunks, cuts):
    wire = b"".join(
        b"BDAT %d%s\r\n%s" % (len(chunk), b" LAST" if number == len(chunks) else b"", chunk)
        for number, chunk in enumerate(chunks, start=1)
    )
    client.mail(parameters="BODY=BINARYMIME")
    send_in_pieces(client, wire, cuts)

    assert [client.reply().code for _ in chunks] == [250] * len(chunks)
    assert last_content(client) == b"".join(chunks)

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsink.smtp import content
from mailsink.smtp.content import CountedCollector, DotCollector, Portion


def collect(collector: DotCollector | CountedCollector, *pieces: bytes) -> bytes | None:
    """Feed *pieces*; what followed the end, ``None`` if it did not come."""
    rest = None
    for piece in pieces:
        rest = collector.feed(piece)
    return rest


def test_content_ends_at_a_dot_on_a_line_of_its_own():
    collector = DotCollector()

    assert collect(collector, b"Subject: x\r\n\r\nhi\r\n.\r\n") == b""
    assert collector.content() == b"Subject: x\r\n\r\nhi\r\n"


def test_what_follows_the_end_is_given_back():
    assert collect(DotCollector(), b"hi\r\n.\r\nQUIT\r\n") == b"QUIT\r\n"


def test_a_first_line_of_a_dot_is_the_empty_content():
    collector = DotCollector()

    assert collect(collector, b".\r\n") == b""
    assert collector.content() == b""


def test_the_end_is_found_across_segments_of_one_octet():
    collector = DotCollector()

    assert collect(collector, *(bytes([octet]) for octet in b"a\r\n.\r\n")) == b""
    assert collector.content() == b"a\r\n"


def test_a_doubled_dot_becomes_one():
    collector = DotCollector()
    collect(collector, b"..\r\n..a\r\nb.\r\n...\r\n.\r\n")

    assert collector.content() == b".\r\n.a\r\nb.\r\n..\r\n"


@pytest.mark.parametrize(
    "wrong", [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r.\r\n", b"\r\n.\n", b"\r\n.\r", b"\0.\0"]
)
def test_other_line_ends_around_a_dot_do_not_end_it(wrong):
    assert collect(DotCollector(), b"a" + wrong + b"b\r\n") is None


@pytest.mark.parametrize("wrong", [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r.\r\n", b"\r\n.\n", b"\r\n.\r"])
def test_a_dot_that_others_would_take_for_the_end_is_told(wrong):
    collector = DotCollector()
    collect(collector, b"a" + wrong + b"b\r\n.\r\n")
    collector.content()

    assert collector.looks_ended


def test_a_right_end_is_not_told_as_odd():
    collector = DotCollector()
    collect(collector, b"a\r\n..\r\nb.\r\n.\r\n")
    collector.content()

    assert not collector.looks_ended


def test_content_up_to_the_limit_is_kept():
    collector = DotCollector(limit=4)
    collect(collector, b"ab\r\n.\r\n")

    assert collector.content() == b"ab\r\n"
    assert not collector.overflow


def test_content_over_the_limit_is_dropped_and_told():
    collector = DotCollector(limit=4)
    collect(collector, b"abc\r\n.\r\n")

    assert collector.content() == b""
    assert collector.overflow


def test_octets_far_over_the_limit_are_counted_and_not_kept():
    collector = DotCollector(limit=10)
    collect(collector, *[b"x" * 65536] * 50, b"\r\n.\r\n")

    assert collector.overflow
    assert collector.received == 50 * 65536 + 5
    assert sum(map(len, [collector._buffer, *collector._aside])) < 400_000


def test_the_end_is_found_after_an_overflow():
    assert collect(DotCollector(limit=1), b"x" * 100_000, b"\r\n", b".\r", b"\nNOOP\r\n") == b"NOOP\r\n"


@pytest.fixture(scope="module", params=[8, content.PIECE], ids=["laid aside", "in one"])
def piece(request):
    """How long the pieces are in which content is laid aside."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(content, "PIECE", request.param)
        yield request.param


@pytest.mark.usefixtures("piece")
@given(
    said=st.lists(st.sampled_from([b"\r\n", b"\n", b"\r", b".", b"a", b"\0"])).map(b"".join),
    cuts=st.lists(st.integers(0, 60)),
)
def test_any_content_in_any_segments_comes_out_as_it_was(said, cuts):
    said += b"\r\n"
    wire = (b"\r\n" + said).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\nREST"
    places = [0, *sorted(cut for cut in cuts if cut < len(wire) - 4), len(wire)]
    collector = DotCollector()
    rest = b""

    for start, end in pairwise(places):
        rest = collector.feed(wire[start:end]) or rest

    assert rest == b"REST"
    assert collector.content() == said


def test_a_counted_chunk_takes_so_many_octets():
    collector = CountedCollector(5)

    assert collect(collector, b"ab", b"cdeQUIT") == b"QUIT"
    assert collector.content() == b"abcde"


def test_a_counted_chunk_of_no_octets_is_done_at_once():
    assert CountedCollector(0).feed(b"") == b""


def test_a_counted_chunk_that_is_refused_is_only_counted():
    collector = CountedCollector(5, keep=False)

    assert collect(collector, b"abcde") == b""
    assert (collector.received, collector.content()) == (5, b"")


def test_a_portion_is_done_when_its_octets_have_come():
    collector = DotCollector()
    portion = Portion(collector, 3)

    assert [portion.feed(b""), portion.feed(b"ab"), portion.feed(b"cde")] == [None, None, b"de"]
    assert not portion.finished
    assert collector.received == 3


def test_a_portion_is_finished_when_its_collector_is():
    collector = DotCollector()
    portion = Portion(collector, 100)

    assert portion.feed(b"hi\r\n.\r\nQUIT\r\n") == b"QUIT\r\n"
    assert portion.finished
    assert collector.content() == b"hi\r\n"


def test_a_portion_that_ends_with_the_content_is_finished():
    portion = Portion(CountedCollector(4), 4)

    assert portion.feed(b"abcdQUIT") == b"QUIT"
    assert portion.finished


@given(said=st.binary(max_size=60), sizes=st.lists(st.integers(1, 9), min_size=60, max_size=60))
def test_content_in_portions_comes_out_as_it_was(said, sizes):
    collector = CountedCollector(len(said))
    rest: bytes = said + b"REST"
    for size in sizes:
        portion = Portion(collector, size)
        rest = portion.feed(rest) or b""
        if portion.finished:
            break

    assert rest == b"REST"
    assert collector.content() == said


@pytest.mark.usefixtures("piece")
@pytest.mark.parametrize("dots", [1, 511, 512, 513, 2_000])
def test_the_end_is_found_after_any_number_of_dots(dots):
    collector = DotCollector()

    assert collect(collector, b"a." * dots + b"\r\n", b"..b\r\n.", b"\r\nQUIT\r\n") == b"QUIT\r\n"
    assert collector.content() == b"a." * dots + b"\r\n.b\r\n"


PIECES = st.sampled_from([b"\r", b"\n", b".", b"a", b"\r\n", b"\r\n.", b"." * 600])


@pytest.mark.usefixtures("piece")
@given(st.lists(PIECES, max_size=40), st.lists(st.integers(0, 2_000), max_size=8))
def test_however_it_is_cut_the_same_is_found(parts, cuts):
    octets = b"".join(parts) + b"\r\n.\r\nQUIT"
    wire = b"\r\n" + octets
    wire = wire[: wire.find(b"\r\n.\r\n") + 2]
    collector = DotCollector()
    for start, end in pairwise(sorted({0, len(octets), *(cut for cut in cuts if cut < len(octets))})):
        rest = collector.feed(octets[start:end])
        if rest is not None:
            break

    assert rest + octets[end:] == octets[len(wire) + 1 :]
    assert collector.content() == wire.replace(b"\r\n.", b"\r\n")[2:]
    assert collector.looks_ended is any(look in wire for look in (b"\n.\n", b"\n.\r", b"\r.\n", b"\r.\r"))


@pytest.mark.usefixtures("piece")
@pytest.mark.parametrize("cut", range(1, 17))
def test_the_end_is_found_wherever_it_is_cut(cut):
    wire = b"0123456789\r\n.\r\nREST"
    collector = DotCollector()
    rest = collector.feed(wire[:cut])
    if rest is None:
        rest = collector.feed(wire[cut:])
    else:
        rest += wire[cut:]

    assert rest == b"REST"
    assert collector.content() == b"0123456789\r\n"

from __future__ import annotations

import asyncio
import re
import threading

import pytest
from dirty_equals import IsStr
from sending import mail, send

from mailsink.errors import ExpectationError


def put(mailsink, subject="Hello", text="Hi", **words):
    send((mailsink.host, mailsink.port), mail(subject, text), **words)


def text_of(error) -> list[str]:
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", str(error.value))
    return re.sub(r"after \d+\.\d\d s", "after N s", text).splitlines()


def test_it_is_a_sequence_of_mails_oldest_first(mailsink):
    put(mailsink, "1"), put(mailsink, "2")

    assert len(mailsink) == 2
    assert [m.subject for m in mailsink] == ["1", "2"]
    assert (mailsink[0].subject, [m.subject for m in mailsink[1:]]) == ("1", ["2"])
    assert mailsink[1] in mailsink
    assert mailsink.latest.subject == "2"
    mailsink.clear()
    assert (list(mailsink), mailsink.latest) == ([], None)


@pytest.mark.parametrize(
    ("count", "index", "here"),
    [(0, 0, "there are none"), (1, 1, "there is 1"), (1, -2, "there is 1"), (2, 5, "there are 2")],
)
def test_a_mail_that_is_not_there_is_told_as_such(mailsink, count, index, here):
    for _ in range(count):
        put(mailsink)

    with pytest.raises(IndexError) as caught:
        mailsink[index]

    assert str(caught.value) == f"mailsink[{index}]: no such mail, {here}; expect() waits for one"


def test_each_is_shown_with_its_number_as_long_as_it_is_there(mailsink):
    for number in range(22):
        put(mailsink, subject=f"Mail {number}")
    mail = mailsink.expect(subject="Mail 1")

    assert repr(mail) == "<Mail #2 shop@example.com -> ada@example.org  'Mail 1'>"
    assert repr(mailsink).endswith("<Mail #20 shop@example.com -> ada@example.org  'Mail 19'>] and 2 more>")
    mailsink.clear()
    assert repr(mail) == "<Mail shop@example.com -> ada@example.org  'Mail 1'>"


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda m: m.expect(timeout="1"), "timeout='1': must be a number of seconds"),
        (lambda m: m.expect(timeout=True), "timeout=True: must be a number of seconds"),
        (lambda m: m.expect(timeout=-1), "timeout=-1: must be a number of seconds from 0 on"),
        (lambda m: m.expect_in_order([], timeout=-1), "timeout=-1: must be a number of seconds from 0 on"),
        (lambda m: m.expect_none(within=None), "within=None: must be a number of seconds"),
        (lambda m: m.expect(count="2"), "count='2': must be a whole number"),
        (lambda m: m.expect(count=-1), "count=-1: must be 0 or more"),
        (lambda m: m.expect(within=1), "expect(): within=1 is not its word; write timeout=, in seconds"),
        (
            lambda m: m.expect_none(timeout=1),
            "expect_none(): timeout=1 is not its word; write within=, in seconds",
        ),
        (lambda m: m.find(timeout=1), "find(): timeout=1 is not its word; it does not wait; expect() does"),
        (
            lambda m: m.find(17),
            "17 is no query; give a search text such as 'subject:hello', or conditions by their names",
        ),
        (
            lambda m: m.expect_in_order({"subject": "1"}),
            (
                "expect_in_order({'subject': '1'}): give a list of each step's conditions, such as "
                "[{'subject': 'One'}, {'subject': 'Two'}]"
            ),
        ),
        (
            lambda m: m.expect_in_order(["1"]),
            (
                "expect_in_order(['1']): give a list of each step's conditions, such as "
                "[{'subject': 'One'}, {'subject': 'Two'}]"
            ),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_value_is_told(mailsink, call, text):
    with pytest.raises((TypeError, ValueError)) as caught:
        call(mailsink)

    assert str(caught.value) == text


def test_one_is_expected_or_so_many(mailsink):
    put(mailsink, "1"), put(mailsink, "2")

    assert mailsink.expect(subject="1").subject == "1"
    assert [m.subject for m in mailsink.expect(count=2)] == ["1", "2"]
    mailsink.expect_none(subject="3")


def test_a_matcher_object_decides_by_its_equality(mailsink):
    put(mailsink, "Digest 1"), put(mailsink, "Digest 22")

    assert len(mailsink.expect(count=2, subject=IsStr(regex=r"Digest \d+"))) == 2


def test_they_are_found_by_words_or_a_search_text(mailsink):
    put(mailsink, "Code 1"), put(mailsink, "Code 2")

    assert [m.subject for m in mailsink.find(subject="Code 1")] == ["Code 1"]
    assert len(mailsink.find("subject:code")) == 2


def test_a_predicate_gets_a_mail(mailsink):
    put(mailsink)

    assert mailsink.expect(where=lambda m: m.rcpts == ["ada@example.org"]).sender == "shop@example.com"


def test_a_predicate_is_shown_by_its_name(mailsink):
    put(mailsink)

    def is_news(_):
        return False

    with pytest.raises(ExpectationError) as caught:
        mailsink.expect(where=is_news, timeout=0)

    assert text_of(caught) == [
        "expected 1 message, got 0 (sink 127.0.0.1:PORT)",
        "    where  is_news()",
        "1 message came:",
        "  1. shop@example.com -> ada@example.org  'Hello'",
        "       where  false",
    ]


def test_a_predicate_that_is_none_is_refused(mailsink):
    with pytest.raises(TypeError) as caught:
        mailsink.expect(where=3)

    assert str(caught.value) == "where=3 cannot be called; give a function of the message"


def test_looking_counts_and_peeking_does_not(mailsink):
    for subject in ("1", "2", "3", "4", "5"):
        put(mailsink, subject)
    repr(mailsink), mailsink.peek(), len(mailsink), mailsink.expect_none(subject="6")
    assert len(mailsink.unexpected) == 5

    mailsink.expect(subject="1"), mailsink.find(subject="2"), mailsink.latest
    mailsink.expect_in_order([{"subject": "3"}])

    assert [m.subject for m in mailsink.unexpected] == ["4"]


# --- in order


def test_mails_are_expected_in_order_with_others_between(mailsink):
    for subject in ("1", "x", "2", "3"):
        put(mailsink, subject)

    found = mailsink.expect_in_order([{"subject": "1"}, {"subject": "2"}, {"rcpt": "ada@example.org"}])

    assert [m.subject for m in found] == ["1", "2", "3"]


def test_what_comes_later_is_waited_for(mailsink):
    threading.Timer(0.05, lambda: (put(mailsink, "1"), put(mailsink, "2"))).start()

    assert len(mailsink.expect_in_order([{"subject": "1"}, {"subject": "2"}])) == 2


def test_no_steps_are_fulfilled_at_once(mailsink):
    assert mailsink.expect_in_order([]) == []


def test_a_step_that_did_not_come_is_named(mailsink):
    put(mailsink, "1"), put(mailsink, "3")

    with pytest.raises(ExpectationError) as caught:
        mailsink.expect_in_order([{"subject": "1"}, {"subject": "2"}, {"subject": "3"}], timeout=0.01)

    assert text_of(caught) == [
        "step 2 of 3 did not come in order",
        "  1. shop@example.com -> ada@example.org  '1'",
        "expected 1 message, got 0 after N s (sink 127.0.0.1:PORT)",
        "    subject  '2'",
        "1 message came:",
        "  1. shop@example.com -> ada@example.org  '3'",
        "       subject  '3'",
    ]


def test_a_step_that_came_too_early_is_told(mailsink):
    put(mailsink, "2"), put(mailsink, "1")

    with pytest.raises(ExpectationError) as caught:
        mailsink.expect_in_order([{"subject": "1"}, {"subject": "2"}], timeout=0.01)

    assert text_of(caught) == [
        "step 2 of 2 did not come in order: what matches it came before step 1",
        "  1. shop@example.com -> ada@example.org  '1'",
        "expected 1 message, got 0 after N s (sink 127.0.0.1:PORT)",
        "    subject  '2'",
        "1 message came:",
        "  1. shop@example.com -> ada@example.org  '2'",
        "       subject  ok",
    ]


def test_an_unknown_word_of_a_step_is_refused(mailsink):
    with pytest.raises(TypeError, match=r"^subjct is not a known word; did you mean subject\?"):
        mailsink.expect_in_order([{"subjct": "1"}])


# --- running loops


@pytest.mark.parametrize(
    "wait",
    [
        lambda m: m.expect(),
        lambda m: m.expect_none(within=1),
        lambda m: m.expect_in_order([{"subject": "1"}]),
    ],
    ids=["expect", "expect_none", "expect_in_order"],
)
def test_a_wait_that_would_block_a_running_loop_says_what_to_write(mailsink, wait, request):
    async def test():
        wait(mailsink)

    with pytest.raises(RuntimeError) as caught:
        asyncio.run(test())

    verb = request.node.callspec.id
    assert str(caught.value) == (
        f"waiting here would block the running event loop; write: await mailsink.aio.{verb}(...)"
    )


def test_what_is_there_can_be_expected_on_a_running_loop(mailsink):
    put(mailsink)

    async def test():
        return mailsink.expect()

    assert asyncio.run(test()).subject == "Hello"

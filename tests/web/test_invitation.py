from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsink_web.invitation import MAX_ATTENDEES, MAX_EVENTS, Attendee, invitation

REVIEW = """BEGIN:VCALENDAR\r
METHOD:REQUEST\r
BEGIN:VEVENT\r
UID:review-7@shop.example\r
DTSTART:20261126T150000Z\r
DTEND:20261126T160000Z\r
SUMMARY:Sprint review\\, the last one\r
LOCATION:Room 4\\; or online\r
DESCRIPTION:First line\\nA long line that is f\r
 olded\r
RRULE:FREQ=WEEKLY;COUNT=3\r
STATUS:CONFIRMED\r
ORGANIZER;CN="Hopper, Grace":mailto:grace@example.org\r
ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN=Ada:mailto:ada@example.org\r
ATTENDEE;PARTSTAT=NEEDS-ACTION:MAILTO:linus@example.org\r
BEGIN:VALARM\r
DESCRIPTION:not of the event\r
END:VALARM\r
END:VEVENT\r
END:VCALENDAR\r
"""


def event(*lines: str):
    [found] = invitation("\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT"])).events
    return found


def test_an_invitation_is_read_into_what_people_look_at():
    found = invitation(REVIEW)
    [review] = found.events

    assert found.kind == "Invitation"
    assert review.summary == "Sprint review, the last one"
    assert review.when == "Thu 26 Nov 2026, 15:00 to 16:00 UTC"
    assert review.location == "Room 4; or online"
    assert review.description == "First line\nA long line that is folded"
    assert review.repeats == "FREQ=WEEKLY;COUNT=3"
    assert review.status == "confirmed"
    assert review.organizer == Attendee(name="Hopper, Grace", address="grace@example.org")
    assert review.attendees == (
        Attendee(name="Ada", address="ada@example.org", answer="accepted"),
        Attendee(name="", address="linus@example.org", answer="not answered"),
    )


@pytest.mark.parametrize(
    ("lines", "when"),
    [
        (("DTSTART;VALUE=DATE:20261126", "DTEND;VALUE=DATE:20261127"), "Thu 26 Nov 2026"),
        (
            ("DTSTART;VALUE=DATE:20261126", "DTEND;VALUE=DATE:20261128"),
            "Thu 26 Nov 2026 to Fri 27 Nov 2026",
        ),
        (("DTSTART;TZID=Europe/Berlin:20261126T160000",), "Thu 26 Nov 2026, 16:00 Europe/Berlin"),
        (("DTSTART:20261126T160000", "DURATION:PT90M"), "Thu 26 Nov 2026, 16:00 to 17:30"),
        (
            ("DTSTART:20261126T230000Z", "DTEND:20261127T010000Z"),
            "Thu 26 Nov 2026, 23:00 to Fri 27 Nov 2026, 01:00 UTC",
        ),
        (
            ("DTSTART;TZID=Europe/Berlin:20261126T160000", "DTEND:20261126T170000Z"),
            "Thu 26 Nov 2026, 16:00 Europe/Berlin to 17:00 UTC",
        ),
        (("DTSTART:20261399T990000Z",), "20261399T990000Z"),
        (("DTSTART:tomorrow",), "tomorrow"),
        (("DTSTART:99991231", "DURATION:P9999W"), "Fri 31 Dec 9999"),
        ((), ""),
    ],
    ids=["day", "days", "zone", "span", "night", "zones", "no date", "words", "too long", "nothing"],
)
def test_when_it_is_said_in_words(lines, when):
    assert event(*lines).when == when


def test_a_cancellation_is_called_one():
    assert invitation("METHOD:CANCEL\nBEGIN:VEVENT\nEND:VEVENT").kind == "Cancellation"


def test_what_is_no_calendar_has_no_events():
    assert invitation("<html>").events == ()


def test_of_a_calendar_with_very_many_events_the_first_are_shown():
    found = invitation("BEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT\n" * 5_000)

    assert len(found.events) == MAX_EVENTS
    assert found.total == 5_000


def test_of_very_many_attendees_the_first_are_shown():
    found = event(*["ATTENDEE:mailto:ada@example.org"] * 3_000)

    assert len(found.attendees) == MAX_ATTENDEES
    assert found.invited == 3_000


@given(
    st.lists(
        st.sampled_from(["BEGIN:VEVENT", "END:VEVENT", "BEGIN:VALARM", "END:", "DTSTART:2026", ' ";', "a;b="])
        | st.text(max_size=30)
        | st.from_regex(r"(DTSTART|DTEND|DURATION|ATTENDEE)(;[A-Z]{1,5}=\"?[a-z:;]*\"?)*:[A-Z0-9]{0,20}")
    )
)
def test_no_text_makes_it_fail(lines):
    invitation("\r\n".join(lines))

from __future__ import annotations

import email.message
import email.policy

import pytest
from messages import content, message

from mailsink_web.attached import MAX_DEPTH, attached_message


def carrying(*letters: bytes, subject: str = "Outer") -> bytes:
    outer = email.message.EmailMessage(policy=email.policy.SMTP)
    outer["Subject"] = subject
    outer.set_content("See below")
    for letter in letters:
        outer.add_attachment(email.message_from_bytes(letter, policy=email.policy.SMTP))
    return outer.as_bytes()


def test_an_attached_message_is_a_message_with_the_id_of_the_outer_one():
    outer = message(octets=carrying(content(subject="Inner", text="Deep")))

    found = attached_message(outer, "2")

    assert found.id == outer.id
    assert found.subject == "Inner"
    assert found.text == "Deep\n"


def test_an_attached_message_has_neither_envelope_nor_session():
    outer = message(octets=carrying(content()), state={"session_id": "s", "notes": ("odd",)})

    found = attached_message(outer, "2")

    assert found.envelope.recipients == ()
    assert found.bcc == ()
    assert (found.session_id, found.notes) == ("", ())


def test_a_path_leads_into_messages_within_messages():
    innermost = content(subject="Innermost")
    outer = message(octets=carrying(content(), carrying(innermost, subject="Middle")))

    assert attached_message(outer, "3").subject == "Middle"
    assert attached_message(outer, "3/2").subject == "Innermost"


def test_no_path_leads_to_the_message_itself():
    outer = message()

    assert attached_message(outer, "") is outer


@pytest.mark.parametrize("path", ["1", "9", "2/9", "/", "2/", "x", "/".join(["2"] * (MAX_DEPTH + 1))])
def test_a_path_to_what_is_no_message_leads_nowhere(path):
    assert attached_message(message(octets=carrying(content())), path) is None

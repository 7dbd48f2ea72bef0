from __future__ import annotations

import pytest

from mailsink_web.api import ALL
from mailsink_web.api.document import document
from mailsink_web.pages.reference import marked, reference

DOCUMENT = document(ALL)
REFERENCE = reference(DOCUMENT)
OPERATIONS = {operation.id: operation for group in REFERENCE.groups for operation in group.operations}
KINDS = {kind.name: kind for kind in REFERENCE.kinds}


def test_every_operation_is_in_the_group_of_its_tag():
    assert set(OPERATIONS) == {operation.name for operation in ALL}
    assert [group.name for group in REFERENCE.groups] == [tag["name"] for tag in DOCUMENT["tags"]]


def test_what_nearly_all_answer_is_told_once():
    assert [refusal.status for refusal in REFERENCE.common] == ["400", "401", "403", "429", "431"]
    assert [refusal.status for refusal in OPERATIONS["wait"].refusals] == ["408", "503"]
    assert OPERATIONS["health"].refusals == ()


@pytest.mark.parametrize(
    ("operation", "lines"),
    [
        ("live", ["curl '{url}/api/livez'"]),
        ("wait", ["curl '{url}/api/wait?q=subject:welcome+rcpt:ada@example.org&timeout=10'"]),
        (
            "change_message",
            [
                (
                    "curl -X PATCH '{url}/api/messages/0V8hJk3Lq00000000000ab' \\\n"
                    "  -H 'Content-Type: application/json' \\\n"
                    '  -d \'{"starred": true, "tags": ["kept"]}\''
                )
            ],
        ),
    ],
)
def test_a_line_to_try_has_what_is_needed(operation, lines):
    assert list(OPERATIONS[operation].curl) == lines


def test_octets_are_sent_from_a_file():
    _, octets = OPERATIONS["add_message"].curl

    assert octets == (
        "curl -X POST '{url}/api/messages?forward_paths=ada@example.org,grace@example.org' \\\n"
        "  -H 'Content-Type: message/rfc822' --data-binary @mail.eml"
    )


def test_parameters_are_told_with_their_limits():
    limit = next(each for each in OPERATIONS["list_messages"].parameters if each.name == "limit")

    assert (limit.types, limit.limits, limit.default) == ((("whole number", ""),), "1 to 500", "50")
    assert not limit.is_required


def test_members_lead_to_their_kinds():
    members = {member.name: member for member in KINDS["MessageJSON"].members}

    assert members["parts"].types == (("list of PartJSON", "PartJSON"),)
    assert members["from"].types == (("AddressJSON", "AddressJSON"), ("null", ""))
    assert members["received_at"].types == (("time", ""),)
    assert members["headers"].types == (("list of list of text", ""),)
    assert members["id"].is_required


def test_short_lists_and_objects_stand_on_one_line():
    assert '"to": [\n' in OPERATIONS["get_message"].answer.text
    assert '{"name": "Ada", "address": "ada@example.org"}' in OPERATIONS["get_message"].answer.text


def test_names_in_a_text_are_marked():
    assert list(marked("Give *q* or `latest`, 2*3*4.")) == [
        (False, "Give "),
        (True, "q"),
        (False, " or "),
        (True, "latest"),
        (False, ", 2*3*4."),
    ]

from __future__ import annotations

from dataclasses import fields
from typing import get_args

import pytest

from mailsink.fault_words import (
    ACTIONS,
    ANY,
    KNOWN,
    PAIRS,
    PER,
    STAGES,
    Action,
    ReplyStage,
    Stage,
    stages_of,
)
from mailsink.faults import Moment, Rule


def test_there_are_stages_and_actions_enough():
    assert len(STAGES) >= 12
    assert len(ACTIONS) >= 10


def test_the_pairs_are_made_of_stages_and_actions():
    assert {stage for stage, _ in PAIRS} == set(STAGES)
    assert {action for _, action in PAIRS} == set(ACTIONS)


def test_type_checkers_know_the_same_stages_and_actions():
    assert set(get_args(Stage)) == {"any", *STAGES}
    assert set(get_args(ReplyStage)) == {"any", "body", *ACTIONS["reply"][1]}
    assert list(get_args(Action)) == list(ACTIONS)


def test_a_stage_is_where_its_action_can_be_had():
    assert stages_of("dot", "lose") == {"dot"}
    assert stages_of("mail", "lose") == set()


@pytest.mark.parametrize("action", ACTIONS)
def test_any_is_somewhere_for_every_action(action):
    somewhere = stages_of("any", action)

    assert somewhere
    assert {(stage, action) for stage in somewhere} <= PAIRS
    assert somewhere <= ANY or not ACTIONS[action][1] & ANY


def test_what_is_known_is_a_condition_or_counted_by():
    assert set(KNOWN) <= {field.name for field in fields(Rule)} | set(PER)
    assert all(stages <= set(STAGES) for stages in KNOWN.values())


def test_what_is_counted_by_is_told_by_a_moment():
    moment = Moment(stage="rcpt", peer="p", sender="s", rcpt="r", user="u", helo="h", connection=7)

    assert [moment.key(per) for per in PER] == ["p\0s\0r", "p", "s", "r", "u", "h", "\x007"]
    assert moment.key("") == ""

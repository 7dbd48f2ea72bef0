from __future__ import annotations

import msgspec
import pytest

from mailsink_web.api import ALL
from mailsink_web.api.samples import samples

BODIES = sorted({o.body for o in ALL if o.body is not None}, key=lambda kind: kind.__name__)


def test_the_message_is_one_that_mailsink_could_have_captured():
    message = samples()["MessageJSON"]

    assert message["subject"] == "Welcome"
    assert message["defect_list"] == []
    assert message["differs"] is False


def test_every_kind_that_is_taken_or_answered_has_a_sample():
    kinds = {kind.__name__ for o in ALL for kind in (o.answer, o.body) if kind is not None}

    assert kinds - set(samples()) == set()


@pytest.mark.parametrize("kind", BODIES, ids=lambda kind: kind.__name__)
def test_what_is_sent_can_be_read(kind):
    msgspec.convert(samples()[kind.__name__], kind)

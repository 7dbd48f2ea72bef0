from __future__ import annotations

from mailsink_web.api.samples import SAMPLES


def test_the_main_values_have_a_sample():
    assert set(SAMPLES) == {"MessageJSON", "Problem", "SessionJSON", "SessionSummaryJSON", "SummaryJSON"}


def test_the_message_is_one_that_mailsink_could_have_captured():
    message = SAMPLES["MessageJSON"]

    assert message["subject"] == "Welcome"
    assert message["defect_list"] == []
    assert message["differs"] is False

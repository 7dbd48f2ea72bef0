"""Rows as messages and summaries; that whatever a client sent comes back is in test_contract."""

from __future__ import annotations

from messages import message

from mailsink.store import codec
from mailsink.store.rows import LISTED, WHOLE, message_of, summary_of


def test_the_columns_of_a_message_make_it_again():
    made = message(state={"read": True, "tags": ("a",)})
    columns = {
        "id": made.id,
        "name": codec.encode_text(made.inbox),
        "received_at": codec.encode_time(made.received_at),
        "content": made.content,
        "size": made.size,
        "read": 1,
        "starred": 0,
        "tags": codec.encode_tags(made.tags),
        "session_id": made.session_id,
        "envelope": codec.encode_envelope(made.envelope),
        "wire": codec.encode_wire(made),
        "summary": codec.encode_summary(made.summary),
    }

    assert message_of(tuple(columns[name] for name in WHOLE.split(", "))) == made
    assert summary_of(tuple(columns[name] for name in LISTED.split(", "))) == made.summary

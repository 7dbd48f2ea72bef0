from __future__ import annotations

import datetime as dt

from mailsink.model import Parameter, Recipient, Reply
from mailsink.smtp.draft import Draft

OK, NO = Reply(250, "OK", "2.1.5"), Reply(550, "No", "5.1.1")


def draft(*recipients: tuple[str, Reply], parameters: tuple[Parameter, ...] = ()) -> Draft:
    made = Draft(reverse_path="shop@example.com", parameters=parameters, started_at=dt.datetime.now(dt.UTC))
    made.recipients += [Recipient(path=path, parameters=(), reply=reply) for path, reply in recipients]
    return made


def test_the_first_accepted_recipient_with_a_tag_tells_it():
    said = draft(("bob+no@example.org", NO), ("ada@example.org", OK), ("ada+yes@example.org", OK))

    assert said.tag == said.wanted_tag == "yes"


def test_where_all_were_refused_a_tag_is_only_wanted():
    said = draft(("bob+no@example.org", NO))

    assert (said.tag, said.wanted_tag) == ("", "no")


def test_its_envelope_has_everybody_who_was_named():
    said = draft(("bob@example.org", NO), ("ada@example.org", OK))

    assert [r.path for r in said.envelope().recipients] == ["bob@example.org", "ada@example.org"]
    assert [r.path for r in said.accepted] == ["ada@example.org"]


def test_smtputf8_is_a_parameter():
    assert draft(parameters=(Parameter("SMTPUTF8"),)).smtputf8
    assert not draft().smtputf8

from __future__ import annotations

import dataclasses
import html
import smtplib
from urllib.parse import parse_qs, urlsplit

import pytest

from mailsink import Rule
from mailsink.faults import Fault
from mailsink.model import Reply

FULL = {"stage": "rcpt", "action": "reply", "rcpt": "*@full.example", "value": "452 4.2.2 Mailbox full"}


def refused_once(sink) -> None:
    with smtplib.SMTP(sink.host, sink.port) as client, pytest.raises(smtplib.SMTPRecipientsRefused):
        client.sendmail("shop@example.org", ["ada@full.example"], "Subject: x\r\n\r\n")


def test_without_rules_the_page_says_that_every_mail_is_taken(read):
    assert "No rule is there: every mail is taken." in read("/faults")


def test_a_rule_of_the_form_is_that_of_the_plan(sink, post, http):
    answer = post("/faults", {**FULL, "times": "2"})

    assert (answer.status, answer.headers["Location"]) == (303, "/faults")
    assert sink.faults.get("F1") == Rule(
        fault=Fault("reply", Reply(452, "Mailbox full", "4.2.2")),
        stage="rcpt",
        rcpt="*@full.example",
        times=2,
        id="F1",
    )
    assert http.get("/api/faults/F1").json["rule"]["rcpt"] == "*@full.example"


def test_hits_and_the_last_time_are_told(sink, post, read):
    post("/faults", {**FULL, "times": "2"})
    refused_once(sink)

    words = read("/faults")

    assert "F1 RCPT rcpt is *@full.example 452 4.2.2 Mailbox full 2 times 1 of 2" in words
    assert "ada@full.example" in read("/faults?edit=F1")


def test_a_wrong_rule_comes_back_with_the_plans_own_sentence_beside_the_field(sink, post):
    answer = post("/faults", {**FULL, "value": "Mailbox full"})
    page = html.unescape(answer.body.decode())

    assert answer.status == 400
    assert "the fault rule: reply 'Mailbox full' is wrong; it is CODE [ENHANCED] TEXT" in page
    assert 'name="value" value="Mailbox full"' in page
    assert 'aria-invalid="true" aria-describedby="value-says"' in page
    assert 'value="*@full.example"' in page
    assert len(sink.faults) == 0


def test_what_is_wrong_with_no_field_stands_under_the_form(post):
    page = post("/faults", {"stage": "rcpt", "action": "explode"}).body.decode()

    assert "&#39;explode&#39; is not known" in page


def test_a_rule_is_changed_at_its_place(sink, post, look):
    post("/faults", FULL)
    post("/faults", {"stage": "quit", "action": "close"})
    sink.faults.enable("F1", enabled=False)

    assert 'value="452 4.2.2 Mailbox full"' in look("/faults?edit=F1")
    post("/faults/F1", {**FULL, "value": "550 No", "do": "save"})

    assert [rule.id for rule in sink.faults] == ["F1", "F2"]
    assert str(sink.faults.get("F1").fault) == "reply 550 No"
    assert not sink.faults.get("F1").enabled


def test_a_wrong_change_leaves_the_rule_as_it_is(sink, post):
    post("/faults", FULL)
    before = sink.faults.get("F1")

    answer = post("/faults/F1", {**FULL, "times": "often", "do": "save"})

    assert answer.status == 400
    assert b"Change F1" in answer.body
    assert sink.faults.get("F1") == before


@pytest.mark.parametrize(("do", "enabled"), [("off", False), ("on", True)])
def test_a_rule_is_switched(sink, post, do, enabled):
    post("/faults", FULL)
    sink.faults.enable("F1", enabled=not enabled)

    post("/faults/F1", {"do": do})

    assert sink.faults.get("F1").enabled is enabled


def test_rules_are_asked_in_another_order(sink, post):
    for _ in range(3):
        post("/faults", FULL)

    post("/faults/F1", {"do": "later"})
    post("/faults/F3", {"do": "earlier"})

    post("/faults/F1", {"do": "later"})
    answer = post("/faults/F2", {"do": "earlier"})

    assert [rule.id for rule in sink.faults] == ["F2", "F3", "F1"]
    assert answer.headers["Location"] == "/faults#at-F2"


def test_a_removed_rule_is_still_in_the_form(sink, post, look):
    post("/faults", FULL)

    answer = post("/faults/F1", {"do": "remove"})

    assert len(sink.faults) == 0
    words = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert words["removed"] == ["F1"]
    page = look(answer.headers["Location"])
    assert "F1 is removed." in page
    assert 'value="*@full.example"' in page
    assert "reply 452 4.2.2 Mailbox full" in page


def test_all_counts_begin_anew_and_all_rules_go(sink, post):
    post("/faults", FULL)
    refused_once(sink)

    post("/faults", {"do": "restart"})
    assert sink.faults.tally("F1").hits == 0
    post("/faults", {"do": "clear"})

    assert len(sink.faults) == 0


def test_a_preset_shows_its_settings_and_adds_its_rules(sink, post, read):
    words = read("/faults?preset=rate_limit")
    answer = post(
        "/faults/presets/rate_limit", {"count": "3", "seconds": "1.5", "code": "421", "per": "peer"}
    )

    assert (
        "Transactions beyond count within so many seconds are refused with code : 421, 450 or 454." in words
    )
    assert answer.status == 303
    [rule] = sink.faults
    assert rule.over == (3, 1.5)
    assert str(rule.fault).startswith("reply 421")


def test_a_wrong_setting_of_a_preset_is_said_beside_it(sink, post):
    answer = post("/faults/presets/rate_limit", {"count": "few"})
    page = html.unescape(answer.body.decode())

    assert answer.status == 400
    assert "preset rate_limit: count 'few' is wrong; it is a whole number from 0 on" in page
    assert 'id="preset-count" name="count" value="few"' in page
    assert len(sink.faults) == 0


def test_the_refusals_of_a_provider_are_added_switched_off(sink, post):
    post("/faults/providers/gmail", {"do": "rules"})
    post("/faults/providers/gmail", {"do": "rules"})

    assert not any(rule.enabled for rule in sink.faults)
    assert {rule.listener for rule in sink.faults} == {""}
    assert sink.faults.get("gmail-over-quota-2") is not None


def test_a_listener_like_a_provider_is_opened(sink, post, monkeypatch):
    pytest.importorskip("trustme")
    from mailsink import providers

    free = {"ses": dataclasses.replace(providers.PROVIDERS["ses"], port=0)}
    monkeypatch.setattr("mailsink_web.pages.faults.PROVIDERS", free)

    answer = post("/faults/providers/ses", {"do": "listen"})

    assert answer.status == 303
    assert sink.listeners[-1].policy.require_auth
    assert sink.faults.get("ses-daily-quota").listener != ""


def test_a_listener_that_cannot_be_opened_is_told(sink, post, monkeypatch):
    pytest.importorskip("trustme")
    from mailsink import providers

    taken = {"ses": dataclasses.replace(providers.PROVIDERS["ses"], port=sink.port)}
    monkeypatch.setattr("mailsink_web.pages.faults.PROVIDERS", taken)

    answer = post("/faults/providers/ses", {"do": "listen"})

    assert answer.status == 400
    assert f"127.0.0.1:{sink.port}".encode() in answer.body


def test_a_rule_is_read_back_while_it_is_written(look):
    said = look("/faults/sentence?stage=rcpt&rcpt=*@x&action=delay&value=2")
    wrong = html.unescape(look("/faults/sentence?stage=rcpt&action=delay&value=soon"))

    assert "At <b>RCPT</b>, when <b>rcpt is *@x</b>, <b>wait 2 s</b>." in said
    assert "delay 'soon' is wrong" in wrong
    assert 'data-field="value"' in wrong


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("/faults", {"do": "dance"}, 400),
        ("/faults/F9", {"do": "on"}, 404),
        ("/faults/presets/nothing", {}, 404),
        ("/faults/providers/nobody", {"do": "rules"}, 404),
        ("/faults/providers/gmail", {"do": "dance"}, 400),
    ],
)
def test_what_cannot_be_done_is_said(post, path, fields, status):
    assert post(path, fields).status == status


def test_a_rule_that_is_not_there_cannot_be_edited(http, post):
    post("/faults", FULL)

    assert http.get("/faults?edit=F9").status == 404
    assert post("/faults/F1", {"do": "dance"}).status == 400


def test_the_rail_counts_the_rules_that_are_on(post, look):
    post("/faults", FULL)

    assert '<span class="count is-fault">1<span class="hidden-text"> on</span></span>' in look("/sessions")


def test_another_site_cannot_add_a_rule(sink, post):
    assert post("/faults", FULL, Origin="https://evil.example").status == 403
    assert len(sink.faults) == 0


def test_patterns_that_are_no_utf_8_are_shown(sink, look):
    sink.faults.add(Rule(fault=Fault("close"), stage="rcpt", rcpt="\udcff*"))

    assert "rcpt is \ufffd*" in look("/faults")
    assert "\ufffd*" in look("/faults?edit=F1")

from __future__ import annotations

import pytest

from mailsink.model import Auth, Reply
from mailsink.policy import EXTENSIONS, Credentials, Policy, RecipientRule
from mailsink.smtp.dialogue import Dialogue
from mailsink.smtp.draft import AuthRequest, Chunk, Path

ADA = Credentials(users={"ada": "sesame"})


def status(reply: object) -> str:
    assert isinstance(reply, Reply), reply
    return f"{reply.code} {reply.enhanced}".strip()


def greeted(*, can_tls: bool = False, **policy: object) -> Dialogue:
    dialogue = Dialogue(Policy(**policy), can_tls=can_tls)
    dialogue.ehlo("client.example.org", "LHLO" if dialogue.policy.lmtp else "EHLO")
    return dialogue


def mail(dialogue: Dialogue, argument: str = "FROM:<shop@example.com>") -> Reply:
    read = dialogue.read_mail(argument)
    if isinstance(read, Reply):
        return read
    return dialogue.declared_too_large(read) or dialogue.begin(read)


def rcpt(dialogue: Dialogue, argument: str = "TO:<ada@example.org>") -> Reply:
    read = dialogue.read_rcpt(argument)
    return dialogue.decide(read) if isinstance(read, Path) else read


def offered(dialogue: Dialogue) -> list[str]:
    return dialogue.ehlo("client.example.org").text.split("\n")[1:]


# ------------------------------------------------------------------- greeting


def test_the_greeting_is_refused_without_a_name():
    assert status(Dialogue(Policy()).ehlo("")) == "501 5.5.4"


def test_ehlo_lists_the_extensions_and_help():
    lines = offered(greeted())

    assert lines == [
        "PIPELINING",
        "SIZE 104857600",
        "8BITMIME",
        "SMTPUTF8",
        "ENHANCEDSTATUSCODES",
        "DSN",
        "CHUNKING",
        "BINARYMIME",
        "MT-PRIORITY",
        "LIMITS RCPTMAX=10000",
        "HELP",
    ]


def test_twelve_extensions_are_offered_where_there_are_users_and_a_certificate():
    dialogue = greeted(can_tls=True, credentials=ADA)

    assert len(offered(dialogue)) == 13
    dialogue.is_encrypted = True
    assert len(offered(dialogue)) == 13


@pytest.mark.parametrize("name", EXTENSIONS)
def test_an_extension_that_is_hidden_is_not_listed(name):
    everything = {"can_tls": True, "credentials": ADA, "xclient": True}
    hidden = frozenset(EXTENSIONS) - {name}

    def names(dialogue: Dialogue, *, is_encrypted: bool) -> set[str]:
        dialogue.is_encrypted = is_encrypted
        return {line.split()[0] for line in offered(dialogue)}

    shown = names(greeted(**everything), is_encrypted=name == "REQUIRETLS")
    left = names(greeted(**everything, extensions=hidden), is_encrypted=name == "REQUIRETLS")

    assert name in shown
    assert name not in left


def test_starttls_is_no_longer_offered_under_tls():
    dialogue = greeted(can_tls=True)
    before = offered(dialogue)
    dialogue.is_encrypted = True

    assert ("STARTTLS" in before, "STARTTLS" in offered(dialogue)) == (True, False)


def test_binarymime_is_not_offered_without_chunking():
    assert "BINARYMIME" not in offered(greeted(extensions=frozenset({"BINARYMIME"})))


def test_after_helo_no_parameter_is_allowed():
    dialogue = Dialogue(Policy())
    dialogue.helo("client.example.org")

    assert status(mail(dialogue, "FROM:<shop@example.com> SIZE=1")) == "555 5.5.4"


def test_forgetting_the_greeting_asks_for_a_new_one():
    dialogue = greeted()
    dialogue.forget_greeting()

    assert status(mail(dialogue)) == "503 5.5.1"


def test_lmtp_knows_lhlo_and_no_other_greeting():
    dialogue = greeted(lmtp=True)

    assert [dialogue.knows(verb) for verb in ("LHLO", "EHLO", "HELO")] == [True, False, False]
    assert dialogue.unknown("EHLO") == Reply(500, "This is LMTP: send LHLO", "5.5.1")


def test_smtp_does_not_know_lhlo():
    assert status(greeted().unknown("LHLO")) == "502 5.5.1"


# ----------------------------------------------------------------- transaction


def test_mail_needs_a_greeting():
    reply = mail(Dialogue(Policy()))

    assert str(reply) == "503 5.5.1 Bad sequence: send EHLO or HELO first"


def test_mail_begins_one_transaction_at_a_time():
    dialogue = greeted()

    assert [status(mail(dialogue)), status(mail(dialogue))] == ["250 2.1.0", "503 5.5.1"]


def test_the_null_reverse_path_is_accepted():
    dialogue = greeted()

    assert status(mail(dialogue, "FROM:<>")) == "250 2.1.0"
    assert dialogue.draft.reverse_path == ""


@pytest.mark.parametrize(
    "argument", ["", "shop@example.com", "TO:<a@example.com>", "FROM:", "FROM:<a@example.com"]
)
def test_mail_in_a_wrong_shape_is_a_syntax_error(argument):
    assert mail(greeted(), argument).code == 501


def test_the_null_path_is_no_recipient():
    dialogue = greeted()
    mail(dialogue)

    assert status(rcpt(dialogue, "TO:<>")) == "553 5.1.3"


def test_a_size_over_the_limit_is_refused_at_mail():
    assert status(mail(greeted(max_size=1000), "FROM:<a@example.com> SIZE=1001")) == "552 5.3.4"


def test_a_size_of_the_limit_is_accepted():
    assert status(mail(greeted(max_size=1000), "FROM:<a@example.com> SIZE=1000")) == "250 2.1.0"


def test_rcpt_needs_mail():
    assert status(rcpt(greeted())) == "503 5.5.1"


def test_one_recipient_more_than_allowed_is_put_off():
    dialogue = greeted(max_recipients=2)
    mail(dialogue)

    assert [status(rcpt(dialogue)) for _ in range(3)] == ["250 2.1.5", "250 2.1.5", "452 4.5.3"]
    assert len(dialogue.draft.recipients) == 2


def test_a_refused_recipient_is_kept_in_the_envelope_with_its_reply():
    full = Reply(552, "Mailbox full", "5.2.2")
    dialogue = greeted(recipients=(RecipientRule("bob@*", "reject", full),))
    mail(dialogue)
    rcpt(dialogue)
    rcpt(dialogue, "TO:<bob@example.org>")
    envelope = dialogue.draft.envelope()

    assert [(r.path, r.reply.code) for r in envelope.recipients] == [
        ("ada@example.org", 250),
        ("bob@example.org", 552),
    ]
    assert envelope.forward_paths == ("ada@example.org",)


def test_a_discarded_recipient_sounds_accepted_and_is_none():
    dialogue = greeted(recipients=(RecipientRule("*", "discard"),))
    mail(dialogue)

    assert str(rcpt(dialogue)) == "250 2.1.5 Recipient OK"
    assert dialogue.draft.envelope().forward_paths == ()


def test_the_first_tag_of_the_accepted_recipients_counts():
    dialogue = greeted(recipients=(RecipientRule("bob+refused@*"),))
    mail(dialogue)
    for path in (
        "bob+refused@example.org",
        "ada@example.org",
        "ada+checkout@example.org",
        "ada+b@example.org",
    ):
        rcpt(dialogue, f"TO:<{path}>")

    assert dialogue.draft.tag == "checkout"


def test_data_needs_mail_and_a_recipient():
    dialogue = greeted()
    before = status(dialogue.data(""))
    mail(dialogue)

    assert [before, status(dialogue.data(""))] == ["503 5.5.1", "503 5.5.1"]


def test_data_after_only_refused_recipients_is_refused_for_good():
    dialogue = greeted(closed=True)
    mail(dialogue)
    rcpt(dialogue)

    assert str(dialogue.data("")) == "554 5.5.1 No valid recipients"


def test_data_takes_no_argument():
    assert str(greeted().data("now")) == "501 5.5.4 Syntax: DATA"


def test_binary_content_cannot_be_sent_by_data():
    dialogue = greeted()
    mail(dialogue, "FROM:<a@example.com> BODY=BINARYMIME")
    rcpt(dialogue)

    assert status(dialogue.data("")) == "503 5.5.1"


@pytest.mark.parametrize("argument", ["", "LAST", "-1", "1 FIRST", "1 LAST LAST", "\u00b2", "1" * 21])
def test_bdat_in_a_wrong_shape_is_a_syntax_error(argument):
    assert status(greeted().bdat(argument)) == "501 5.5.4"


def test_bdat_tells_size_and_last():
    dialogue = greeted()
    mail(dialogue)
    rcpt(dialogue)

    assert dialogue.bdat("12") == Chunk(12, is_last=False)
    assert dialogue.bdat("0 last") == Chunk(0, is_last=True)


def test_bdat_that_is_refused_still_tells_how_much_follows():
    chunk = greeted().bdat("12 LAST")

    assert isinstance(chunk, Chunk)
    assert (chunk.size, status(chunk.refused)) == (12, "503 5.5.1")


def test_chunks_together_are_held_against_the_limit():
    dialogue = greeted(max_size=10)
    mail(dialogue)
    rcpt(dialogue)
    dialogue.draft.octets += b"x" * 6

    assert dialogue.bdat("4").refused is None
    assert status(dialogue.bdat("5").refused) == "552 5.3.4"


def test_rset_takes_no_argument():
    assert status(greeted().rset("now")) == "501 5.5.4"


# --------------------------------------------------------------- TLS and AUTH


def test_where_tls_is_required_only_what_leads_to_it_is_allowed():
    dialogue = greeted(can_tls=True, require_tls=True)
    allowed = ("EHLO", "HELO", "NOOP", "STARTTLS", "QUIT", "HELP")

    assert [dialogue.gate(verb) for verb in allowed] == [None] * 6
    assert {status(dialogue.gate(verb)) for verb in ("MAIL", "AUTH", "VRFY", "RSET")} == {"530 5.7.0"}


def test_under_tls_the_gate_is_open():
    dialogue = greeted(can_tls=True, require_tls=True)
    dialogue.is_encrypted = True

    assert dialogue.gate("MAIL") is None


def test_where_auth_is_required_mail_waits_for_it():
    dialogue = greeted(credentials=ADA, require_auth=True)
    before = dialogue.gate("MAIL")
    dialogue.auth = Auth("PLAIN", "ada")

    assert str(before) == "530 5.7.0 Authentication required"
    assert dialogue.gate("MAIL") is None


def test_starttls_without_a_certificate_is_not_available():
    assert status(greeted().starttls("")) == "454 4.7.0"


def test_starttls_a_second_time_is_a_bad_sequence():
    dialogue = greeted(can_tls=True)
    dialogue.is_encrypted = True

    assert status(dialogue.starttls("")) == "503 5.5.1"


def test_starttls_takes_no_argument():
    assert status(greeted(can_tls=True).starttls("now")) == "501 5.5.4"


def test_auth_is_read_with_its_mechanism_in_any_case():
    assert greeted(credentials=ADA).read_auth("plain AGFkYQ==") == AuthRequest("PLAIN", "AGFkYQ==")


def test_auth_without_a_response_has_none():
    assert greeted(credentials=ADA).read_auth("LOGIN") == AuthRequest("LOGIN", None)


@pytest.mark.parametrize("argument", ["", "PLAIN a b"])
def test_auth_in_a_wrong_shape_is_a_syntax_error(argument):
    assert status(greeted(credentials=ADA).read_auth(argument)) == "501 5.5.4"


def test_an_unknown_mechanism_is_told_the_known_ones():
    reply = greeted(credentials=ADA, mechanisms=("PLAIN", "LOGIN")).read_auth("NTLM")

    assert str(reply) == "504 5.5.4 Mechanism not offered; known are PLAIN LOGIN"


def test_auth_needs_ehlo():
    dialogue = Dialogue(Policy(credentials=ADA))
    dialogue.helo("client.example.org")

    assert status(dialogue.read_auth("PLAIN")) == "503 5.5.1"


def test_auth_cannot_be_said_twice():
    dialogue = greeted(credentials=ADA)
    dialogue.auth = Auth("PLAIN", "ada")

    assert status(dialogue.read_auth("PLAIN")) == "503 5.5.1"


def test_auth_cannot_be_said_in_a_transaction():
    dialogue = greeted(credentials=ADA)
    mail(dialogue)

    assert status(dialogue.read_auth("PLAIN")) == "503 5.5.1"


def test_auth_without_users_is_not_offered():
    assert status(greeted().read_auth("PLAIN")) == "502 5.5.1"


def test_auth_in_the_clear_can_be_refused():
    assert status(greeted(credentials=ADA, plain_auth=False).read_auth("PLAIN")) == "538 5.7.11"


def test_mechanisms_are_those_that_can_succeed():
    named = greeted(credentials=ADA).mechanisms()
    anyone = greeted(credentials=Credentials(anyone=True)).mechanisms()

    assert named == ("SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2", "OAUTHBEARER")
    assert anyone == ("PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2", "OAUTHBEARER", "ANONYMOUS")


def test_external_needs_a_client_certificate():
    dialogue = greeted(credentials=ADA)
    dialogue.certificate = "ada"

    assert "EXTERNAL" in dialogue.mechanisms()


def test_a_handler_brings_mechanisms_and_checks_of_its_own():
    dialogue = Dialogue(Policy(), own_mechanisms=("FOO",), own_check=True)
    dialogue.ehlo("client.example.org")

    assert dialogue.mechanisms() == ("PLAIN", "LOGIN", "FOO")
    assert dialogue.read_auth("foo") == AuthRequest("FOO", None)


# --------------------------------------------------------------------- others


def test_quit_takes_no_argument():
    assert status(greeted().quit("now")) == "501 5.5.4"


def test_vrfy_of_anybody_is_not_told_where_everybody_is_accepted():
    assert status(greeted().vrfy("ada@example.org")) == "252 2.5.0"


def test_vrfy_answers_from_the_recipients_policy():
    dialogue = greeted(closed=True, recipients=(RecipientRule("ada@example.org", "accept"),))

    assert str(dialogue.vrfy("<ada@example.org>")) == "250 2.1.5 <ada@example.org>"
    assert str(dialogue.vrfy("bob@example.org")) == "550 5.1.1 No such user here"
    assert str(dialogue.vrfy("ada@example.com")) == "550 5.1.2 No such domain here"


@pytest.mark.parametrize(("argument", "expected"), [("", "501 5.5.4"), ("a@b@c", "553 5.1.3")])
def test_vrfy_in_a_wrong_shape_is_a_syntax_error(argument, expected):
    assert status(greeted().vrfy(argument)) in (expected, "501 5.1.3")


def test_expn_knows_no_list():
    assert [status(greeted().expn("staff")), status(greeted().expn(""))] == ["550 5.1.1", "501 5.5.4"]


def test_help_lists_what_is_offered():
    text = greeted().help("").text

    assert text == "Commands: BDAT DATA EHLO EXPN HELO HELP MAIL NOOP QUIT RCPT RSET VRFY"


def test_help_lists_what_tls_and_users_add():
    text = greeted(can_tls=True, credentials=ADA, xclient=True).help("").text

    assert {"AUTH", "STARTTLS", "XCLIENT"} <= set(text.split())


def test_help_explains_a_command():
    reply = greeted().help("mail")

    assert str(reply) == "214 2.0.0 Syntax: MAIL FROM:<reverse-path> [parameters]"


def test_help_for_what_is_not_offered_names_what_is():
    assert status(greeted().help("STARTTLS")) == "504 5.5.4"


def test_an_unknown_command_is_named():
    assert str(greeted().unknown("FOO")) == "500 5.5.1 Command 'FOO' is not known; HELP lists those that are"


def test_a_long_unknown_command_is_cut():
    assert greeted().unknown("F" * 400).text.startswith("Command 'FFFFFFFFFFFFFFFFFFFF...' is")


def test_too_many_idle_commands_are_told():
    dialogue = greeted(max_idle_commands=2)
    dialogue.count_command("NOOP")
    dialogue.count_command("VRFY")

    assert status(dialogue.count_command("RSET")) == "421 4.7.0"


def test_a_transaction_forgives_idle_commands():
    dialogue = greeted(max_idle_commands=2)
    dialogue.count_command("NOOP")
    dialogue.count_command("NOOP")
    mail(dialogue)

    assert dialogue.count_command("NOOP") is None


def test_too_many_errors_are_told():
    dialogue = greeted(max_errors=2)
    wrong = Reply(500, "?", "5.5.1")

    assert [dialogue.count_error(wrong), status(dialogue.count_error(wrong))] == [None, "421 4.7.0"]


def test_a_recipient_that_is_refused_is_no_error_of_the_client():
    dialogue = greeted(max_errors=1)

    assert dialogue.count_error(Reply(550, "No such user here", "5.1.1")) is None

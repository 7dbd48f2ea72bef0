# ruff: noqa: N802, ARG002 - aiosmtpd names the hooks and what they are called with
from __future__ import annotations

import pytest
from raw import END

from mailsink.model import Auth, Parameter, Peer
from mailsink.policy import Credentials, RecipientRule

pytestmark = pytest.mark.usefixtures("both_ways")

# ------------------------------------------------------------------ what is kept


def test_the_message_has_envelope_peer_and_greeting(served):
    client = served.connect()
    client.begin("ada@example.org", "bob@example.org")
    client.data(b"Subject: hi\r\n\r\n")
    message = served.message()

    assert message.envelope.reverse_path == "shop@example.com"
    assert message.envelope.forward_paths == ("ada@example.org", "bob@example.org")
    assert message.greeting == "client.example.org"
    assert message.peer == Peer("127.0.0.1", client.socket.getsockname()[1])
    assert message.session_id == served.sink.sessions.list()[0].id
    assert message.notes == ()


def test_the_reply_names_the_message(served):
    client = served.connect()
    client.begin()
    reply = client.data(b"hi\r\n")

    assert reply.text == f"2.0.0 Kept as {served.message().id}"


def test_parameters_are_kept_with_their_case_and_owner(served):
    client = served.connect()
    client.ehlo()
    client.say("MAIL FROM:<a@example.com> RET=hdrs ENVID=QQ+2BaBc body=8BitMime")
    client.say("RCPT TO:<ada@example.org> NOTIFY=Success,Delay ORCPT=rfc822;Ada@Example.org")
    client.say("RCPT TO:<bob@example.org>")
    client.data(b"hi\r\n")
    envelope = served.message().envelope

    assert envelope.parameters == (
        Parameter("RET", "hdrs"),
        Parameter("ENVID", "QQ+2BaBc"),
        Parameter("BODY", "8BitMime"),
    )
    assert [r.parameters for r in envelope.recipients] == [
        (Parameter("NOTIFY", "Success,Delay"), Parameter("ORCPT", "rfc822;Ada@Example.org")),
        (),
    ]


def test_an_empty_content_is_kept(served):
    client = served.connect()
    client.begin()
    client.data(b"")

    assert served.message().content == b""


def test_an_address_outside_ascii_without_smtputf8_is_kept_and_noted(served):
    client = served.connect()
    client.begin("j\u00f6rg@example.org")
    client.data(b"hi\r\n")

    assert served.message().envelope.forward_paths == ("j\u00f6rg@example.org",)
    assert served.message().notes == ("RCPT held an address outside ASCII without SMTPUTF8 (RFC 6531 §3.4).",)


def test_an_address_outside_ascii_with_smtputf8_is_right(served):
    client = served.connect()
    client.begin("j\u00f6rg@example.org", parameters="SMTPUTF8")
    client.data(b"hi\r\n")

    assert served.message().notes == ()
    assert served.message().envelope.smtputf8


def test_the_tag_of_a_recipient_names_the_inbox(serve):
    served = serve(inbox=None)
    client = served.connect()
    client.begin("ada@example.org", "ada+checkout@example.org")
    client.data(b"hi\r\n")

    assert served.message().inbox == "checkout"


def test_discarded_mail_is_answered_like_other_mail_and_not_kept(serve):
    served = serve(recipients=(RecipientRule("*", "discard"),))
    client = served.connect()
    client.begin()

    assert client.data(b"hi\r\n").text.startswith("2.0.0 Kept as ")
    assert served.messages() == []


# ------------------------------------------------------------------- what is not


def test_rset_ends_the_transaction(served):
    client = served.connect()
    client.begin()
    client.say("RSET")

    assert client.say("DATA").status == "503 5.5.1"
    assert client.mail().status == "250 2.1.5"


def test_a_new_greeting_ends_the_transaction(served):
    client = served.connect()
    client.begin()
    client.ehlo()

    assert client.say("DATA").status == "503 5.5.1"


def test_a_wrong_greeting_does_not_end_the_transaction(served):
    client = served.connect()
    client.begin()
    client.say("EHLO")

    assert client.say("DATA").code == 354


def test_content_without_its_final_dot_is_not_kept(served):
    client = served.connect()
    client.begin()
    client.say("DATA")
    client.send(b"hi\r\n")
    client.close()
    session = served.ended()

    assert session.end == "The client closed the connection before the final dot."
    assert served.messages() == []


# -------------------------------------------------------------------------- BDAT


def test_chunks_make_one_content(served):
    client = served.connect()
    client.begin()
    client.send(b"BDAT 5\r\nab\r\ncBDAT 3\r\n\0.\nBDAT 0 LAST\r\n")

    assert [client.reply().text for _ in range(2)] == ["2.0.0 5 octets received", "2.0.0 3 octets received"]
    assert client.reply().text.startswith("2.0.0 Kept as ")
    assert served.message().content == b"ab\r\nc\0.\n"


def test_data_after_a_chunk_is_a_bad_sequence(served):
    client = served.connect()
    client.begin()
    client.send(b"BDAT 2\r\nhi")
    client.reply()

    assert client.say("DATA").status == "503 5.5.1"
    assert client.say("RCPT TO:<bob@example.org>").status == "503 5.5.1"


def test_a_chunk_without_a_transaction_is_read_and_refused(served):
    client = served.connect()
    client.ehlo()
    client.send(b"BDAT 6 LAST\r\nNOOP\r\nNOOP\r\n")

    assert [client.reply().status, client.reply().status] == ["503 5.5.1", "250 2.0.0"]


def test_after_a_chunk_that_failed_every_other_fails_until_rset(serve):
    client = serve(max_size=10).connect()
    client.begin()
    client.send(b"BDAT 11\r\n" + b"x" * 11 + b"BDAT 1 LAST\r\ny")

    assert [client.reply().status, client.reply().status] == ["552 5.3.4", "503 5.5.1"]
    client.say("RSET")
    client.mail()
    client.send(b"BDAT 1 LAST\r\ny")
    assert client.reply().status == "250 2.0.0"


def test_bdat_without_a_size_ends_the_session(served):
    client = served.connect()
    client.begin()

    assert client.say("BDAT LAST").status == "501 5.5.4"
    assert client.reply() == END
    assert served.ended().end == "BDAT without a size: what follows cannot be told from commands."


def test_a_chunk_that_is_cut_off_is_not_kept(served):
    client = served.connect()
    client.begin()
    client.send(b"BDAT 50 LAST\r\nhi")
    client.close()

    assert served.ended().end == "The client closed the connection inside a chunk."
    assert served.messages() == []


# -------------------------------------------------------------------------- LMTP


def test_lmtp_replies_for_each_accepted_recipient(serve):
    served = serve(lmtp=True, recipients=(RecipientRule("nobody@*"),))
    client = served.connect()
    client.ehlo("LHLO")
    client.mail("ada@example.org", "nobody@example.org", "bob@example.org")
    first = client.data(b"hi\r\n")

    assert (first.status, client.reply().status, client.say("NOOP").status) == ("250 2.0.0",) * 3
    assert served.message().envelope.forward_paths == ("ada@example.org", "bob@example.org")


def test_lmtp_replies_for_each_recipient_of_chunks(serve):
    client = serve(lmtp=True).connect()
    client.ehlo("LHLO")
    client.mail("ada@example.org", "bob@example.org")
    client.send(b"BDAT 2 LAST\r\nhi")

    assert [client.reply().status, client.reply().status] == ["250 2.0.0"] * 2
    assert client.say("NOOP").text == "2.0.0 OK"


def test_lmtp_refuses_a_content_for_each_recipient(serve):
    client = serve(lmtp=True, max_size=10).connect()
    client.ehlo("LHLO")
    client.mail("ada@example.org", "bob@example.org")

    assert [client.data(b"x" * 20).status, client.reply().status] == ["552 5.3.4"] * 2


def test_lmtp_owes_each_recipient_a_reply_even_when_a_hook_fails(serve):
    class Failing:
        async def handle_DATA(self, server, session, envelope):
            raise ValueError("broken")

    client = serve(lmtp=True, handler=Failing()).connect()
    client.ehlo("LHLO")
    client.mail("ada@example.org", "bob@example.org")

    assert [client.data(b"hi\r\n").text, client.reply().text] == ["4.3.0 Error: (ValueError) broken"] * 2


# ----------------------------------------------------------------------- XCLIENT


def test_xclient_says_whose_connection_it_is(serve):
    served = serve(xclient=True)
    client = served.connect()

    assert "XCLIENT NAME ADDR PORT HELO LOGIN PROTO" in client.ehlo()
    assert client.say("XCLIENT ADDR=192.0.2.1 PORT=4000 LOGIN=ada HELO=other.example.org").code == 220
    assert client.say("MAIL FROM:<a@example.com>").status == "503 5.5.1"
    client.begin()
    client.data(b"hi\r\n")
    message = served.message()
    assert (message.peer, message.auth) == (Peer("192.0.2.1", 4000), Auth("XCLIENT", "ada"))


def test_xclient_is_unknown_where_nobody_is_trusted(served):
    assert served.connect().say("XCLIENT ADDR=192.0.2.1").status == "502 5.5.1"


def test_a_wrong_xclient_changes_nothing(serve):
    client = serve(xclient=True).connect()
    client.ehlo()

    assert client.say("XCLIENT ADDR=somewhere").status == "501 5.5.4"
    assert client.mail().status == "250 2.1.5"
    assert client.say("XCLIENT ADDR=192.0.2.1").status == "503 5.5.1"


# ------------------------------------------------------------------------ others


@pytest.mark.parametrize("command", ["QUIT now", "RSET now", "DATA now"])
def test_an_argument_where_none_belongs_is_refused_and_changes_nothing(served, command):
    client = served.connect()
    client.begin()

    assert client.say(command).status == "501 5.5.4"
    assert client.say("DATA").code == 354


def test_auth_is_forgotten_by_nothing_but_the_end(serve):
    served = serve(credentials=Credentials(anyone=True), require_auth=True)
    client = served.connect()
    client.ehlo()
    client.say("AUTH PLAIN AGFkYQB4")
    client.say("RSET")
    client.ehlo()

    assert client.mail().status == "250 2.1.5"

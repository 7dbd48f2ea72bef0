# ruff: noqa: N802, ARG002 - aiosmtpd names the hooks and what they are called with
"""The contract with aiosmtpd and asyncio: the names that we stand on, the handlers that we promise to run."""

from __future__ import annotations

import asyncio
import inspect
import smtplib

import pytest
from aiosmtpd.handlers import Debugging
from aiosmtpd.smtp import MISSING, SMTP, AuthResult, Envelope, LoginPassword, Session

from mailsink.errors import ConfigError
from mailsink.model import Reply
from mailsink.policy import Policy
from mailsink.smtp.protocol import SinkProtocol
from mailsink.smtp.reader import SinkReader
from mailsink.smtp.stock import (
    Hooks,
    StockAuth,
    StockProtocol,
    read_auth,
    read_continuation,
    read_reply,
)

# ------------------------------------------------------------------ the names


def on_a_loop(make):
    async def main():
        return make(asyncio.get_running_loop())

    return asyncio.run(main())


def stock(loop):
    return SMTP(object(), hostname="mailsink", loop=loop)


def ours(loop):
    return StockProtocol(Policy(), Hooks.of(object()), loop=loop)


def test_our_protocol_is_an_smtp():
    assert issubclass(SinkProtocol, SMTP)


def test_our_protocol_has_every_attribute_that_a_stock_one_has():
    ours_now = on_a_loop(ours)

    # asyncio's attributes are for methods of asyncio's that we all replace.
    def stream(loop):
        return asyncio.StreamReaderProtocol(asyncio.StreamReader(loop=loop), lambda *_: None, loop=loop)

    missing = {name for name in vars(on_a_loop(stock)) if not hasattr(ours_now, name)}
    assert missing <= set(vars(on_a_loop(stream)))


@pytest.mark.parametrize(
    "name",
    [
        "_auth_methods",
        "_auth_required",
        "_auth_require_tls",
        "_authenticator",
        "_decode_data",
        "_ehlo_hook_ver",
        "_enforce_call_limit",
        "_handle_hooks",
        "_handler_coroutine",
        "_original_transport",
        "_proxy_timeout",
        "_smtp_methods",
        "_timeout_duration",
        "_timeout_handle",
        "_tls_handshake_okay",
        "_tls_protocol",
    ],
)
def test_the_stock_class_still_has_the_private_attributes_that_we_set(name):
    assert name in vars(on_a_loop(stock))


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("_authenticate", ["self", "mechanism", "auth_data"]),
        ("_call_handler_hook", ["self", "command", "args"]),
        ("_cb_client_connected", ["self", "reader", "writer"]),
        ("_handle_client", ["self"]),
        ("_reset_timeout", ["self", "duration"]),
        ("_timeout_cb", ["self"]),
        ("challenge_auth", ["self", "challenge", "encode_to_b64", "log_client_response"]),
        ("push", ["self", "status"]),
    ],
)
def test_the_stock_class_still_has_the_methods_that_we_use_or_replace(name, parameters):
    assert list(inspect.signature(getattr(SMTP, name)).parameters) == parameters


def test_the_stock_session_still_has_what_we_set():
    session = on_a_loop(Session)

    assert {
        "peer",
        "ssl",
        "host_name",
        "extended_smtp",
        "proxy_data",
        "auth_data",
        "authenticated",
        "_login_data",
    } <= set(vars(session))


def test_the_stock_envelope_still_has_what_we_set():
    assert {
        "mail_from",
        "mail_options",
        "smtp_utf8",
        "content",
        "original_content",
        "rcpt_tos",
        "rcpt_options",
    } <= set(vars(Envelope()))


def test_asyncio_still_has_the_private_names_that_the_reader_uses():
    reader = on_a_loop(lambda loop: asyncio.StreamReader(loop=loop))

    assert {"_buffer", "_eof", "_waiter", "_transport"} <= set(vars(reader))
    assert callable(reader._wait_for_data)
    assert callable(reader._maybe_resume_transport)


def test_asyncio_s_writer_still_has_the_transport_that_we_exchange():
    assert "_transport" in inspect.getsource(asyncio.StreamWriter.__init__)


def test_the_protocol_reads_by_our_reader():
    assert isinstance(on_a_loop(ours)._reader, SinkReader)


def test_no_dictionary_is_shared_between_connections():
    first, second = on_a_loop(ours), on_a_loop(ours)

    assert first.command_size_limits is not second.command_size_limits
    assert first.command_size_limits is not SMTP.command_size_limits


def test_every_verb_of_the_stock_class_is_found():
    protocol = on_a_loop(ours)

    for name in dir(SMTP):
        if name.startswith("smtp_"):
            assert protocol.command(name.removeprefix("smtp_")) is not None
    assert protocol.command("FOO") is None


# ------------------------------------------------------------------- handlers


class Handler:
    """Has every hook of the stock class and tells what each was called with."""

    def __init__(self):
        self.calls = []

    def _told(self, name, *arguments):
        self.calls.append((name, *arguments))

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self._told("EHLO", hostname)
        return [*responses[:-1], "250-FOO", responses[-1]]

    async def handle_HELO(self, server, session, envelope, hostname):
        self._told("HELO", hostname)
        session.host_name = hostname
        return "250 hello"

    async def handle_MAIL(self, server, session, envelope, address, options):
        self._told("MAIL", address, options)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 from hook"

    async def handle_RCPT(self, server, session, envelope, address, options):
        self._told("RCPT", address, options)
        if address.startswith("nobody"):
            return "550 5.1.1 nobody from hook"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 to hook"

    async def handle_DATA(self, server, session, envelope):
        self._told("DATA", envelope.mail_from, envelope.rcpt_tos, envelope.content)
        return "554 5.6.0 refused by hook" if b"refuse" in envelope.content else "250 2.0.0 kept by hook"

    async def handle_RSET(self, server, session, envelope):
        self._told("RSET")
        return "250 2.0.0 reset by hook"

    async def handle_NOOP(self, server, session, envelope, argument):
        self._told("NOOP", argument)
        return "250 2.0.0 nothing by hook"

    async def handle_VRFY(self, server, session, envelope, address):
        self._told("VRFY", address)
        return "250 2.1.5 known by hook"

    async def handle_QUIT(self, server, session, envelope):
        self._told("QUIT")
        return "221 2.0.0 bye from hook"


@pytest.fixture
def handler():
    return Handler()


@pytest.fixture
def handled(serve, handler):
    return serve(handler=handler)


def test_every_hook_is_called_and_its_reply_is_sent(handled, handler):
    client = handled.connect()
    said = [
        client.say("HELO a.example.org").text,
        client.say("EHLO b.example.org").lines[-2:],
        client.say("NOOP x").text,
        client.say("VRFY ada@example.org").text,
        client.say("RSET").text,
        client.say("MAIL FROM:<shop@example.com> BODY=8BITMIME").text,
        client.say("RCPT TO:<ada@example.org> NOTIFY=NEVER").text,
        client.say("RCPT TO:<nobody@example.org>").text,
        client.data(b"hi\r\n").text,
        client.say("QUIT").text,
    ]

    assert said == [
        "hello",
        ["FOO", "HELP"],
        "2.0.0 nothing by hook",
        "2.1.5 known by hook",
        "2.0.0 reset by hook",
        "2.1.0 from hook",
        "2.1.5 to hook",
        "5.1.1 nobody from hook",
        "2.0.0 kept by hook",
        "2.0.0 bye from hook",
    ]
    assert handler.calls == [
        ("HELO", "a.example.org"),
        ("EHLO", "b.example.org"),
        ("NOOP", "x"),
        ("VRFY", "ada@example.org"),
        ("RSET",),
        ("MAIL", "shop@example.com", ["BODY=8BITMIME"]),
        ("RCPT", "ada@example.org", ["NOTIFY=NEVER"]),
        ("RCPT", "nobody@example.org", []),
        ("DATA", "shop@example.com", ["ada@example.org"], b"hi\r\n"),
        ("QUIT",),
    ]


def test_what_a_handler_lets_in_is_kept_as_well(handled):
    client = handled.connect()
    client.begin("nobody@example.org", "ada@example.org")
    client.data(b"hi\r\n")
    recipients = handled.message().envelope.recipients

    assert [(r.path, r.reply.code) for r in recipients] == [
        ("nobody@example.org", 550),
        ("ada@example.org", 250),
    ]


def test_a_handler_may_refuse_a_reverse_path(serve):
    class Strict:
        async def handle_MAIL(self, server, session, envelope, address, options):
            return "550 5.7.1 not you"

    served = serve(handler=Strict())
    client = served.connect()
    client.ehlo()

    assert client.say("MAIL FROM:<a@example.com>").text == "5.7.1 not you"
    assert client.say("RCPT TO:<ada@example.org>").status == "503 5.5.1"
    client.say("QUIT")
    [refused] = served.ended().transactions
    assert (refused.envelope.reverse_path, refused.reply.code) == ("a@example.com", 550)


def test_what_a_handler_refuses_is_not_kept(handled):
    client = handled.connect()
    client.begin()

    assert client.data(b"refuse\r\n").status == "554 5.6.0"
    assert handled.messages() == []


def test_hooks_that_fill_no_envelope_work_too(serve):
    class Lazy:
        async def handle_MAIL(self, server, session, envelope, address, options):
            return "250 OK"

        async def handle_RCPT(self, server, session, envelope, address, options):
            return "250 OK"

        async def handle_DATA(self, server, session, envelope):
            return f"250 {envelope.mail_from} {envelope.rcpt_tos}"

    client = serve(handler=Lazy()).connect()
    client.begin()

    assert client.data(b"hi\r\n").text == "shop@example.com ['ada@example.org']"


def test_a_hook_may_decline_to_decide(serve):
    class Shy:
        async def handle_NOOP(self, server, session, envelope, argument):
            return MISSING

    assert serve(handler=Shy()).connect().say("NOOP").text == "2.0.0 OK"


def test_the_old_form_of_the_ehlo_hook_sends_lines_and_the_last_one(serve):
    class Old:
        async def handle_EHLO(self, server, session, envelope, hostname):
            session.host_name = hostname
            await server.push("250-FOO BAR")
            return "250 HELP"

    lines = serve(handler=Old()).connect().say("EHLO client.example.org").lines

    assert lines[0] == "mailsink"
    assert lines[-2:] == ["FOO BAR", "HELP"]


def test_an_ehlo_hook_of_another_form_is_refused():
    class Wrong:
        async def handle_EHLO(self, server):
            return "250 HELP"

    with pytest.raises(ConfigError) as caught:
        Hooks.of(Wrong())
    assert str(caught.value) == (
        "handle_EHLO takes 1 arguments; aiosmtpd calls it with server, session, envelope, hostname"
        " and, in its new form, responses"
    )


def test_handle_exception_words_the_reply(serve):
    class Failing:
        async def handle_RCPT(self, server, session, envelope, address, options):
            raise ValueError("broken")

        async def handle_exception(self, error):
            return f"451 4.3.0 sorry: {error}"

    client = serve(handler=Failing()).connect()

    assert client.begin().text == "4.3.0 sorry: broken"
    assert client.mail().text == "4.3.0 sorry: broken"


@pytest.mark.parametrize(("verdict", "code"), [(True, 250), (False, 554)])
def test_handle_starttls_judges_the_encryption(serve, verdict, code):
    class Judge:
        def handle_STARTTLS(self, server, session, envelope):
            return verdict and session.ssl["cipher"] is not None

    client = serve(handler=Judge(), tls="starttls").connect_tls()

    assert client.say("EHLO client.example.org").code == code
    assert client.say("QUIT").code == 221


def test_handle_proxy_may_refuse_a_connection(serve):
    class Picky:
        async def handle_PROXY(self, server, session, envelope, proxy_data):
            return str(proxy_data.src_addr) == "192.0.2.1"

    served = serve(handler=Picky(), proxy=True)
    welcome = served.connect(first=b"PROXY TCP4 192.0.2.1 198.51.100.7 40000 25\r\n").greeting
    refused = served.connect(first=b"PROXY TCP4 192.0.2.2 198.51.100.7 40000 25\r\n").greeting

    assert (welcome.code, refused.code) == (220, 0)


def test_a_handler_that_comes_with_aiosmtpd_works(serve, capsys):
    served = serve(handler=Debugging())
    with smtplib.SMTP(served.listener.host, served.listener.port, timeout=10) as client:
        client.sendmail("shop@example.com", ["ada@example.org"], b"Subject: Hello\r\n\r\nHi\r\n")

    assert "Subject: Hello" in capsys.readouterr().out
    assert served.message().subject == "Hello"


def test_a_handler_finds_the_session_as_the_stock_class_fills_it(serve):
    seen = {}

    class Looking:
        async def handle_DATA(self, server, session, envelope):
            seen.update(
                vars(session), utf8=envelope.smtp_utf8, same=envelope.original_content is envelope.content
            )
            return "250 OK"

    served = serve(handler=Looking(), tls="starttls")
    client = served.connect_tls()
    client.begin(parameters="SMTPUTF8")
    client.data(b"hi\r\n")

    assert seen["peer"][0] == "127.0.0.1"
    assert seen["host_name"] == "client.example.org"
    assert seen["extended_smtp"] is True
    assert seen["ssl"]["cipher"][0].startswith("TLS_")
    assert (seen["utf8"], seen["same"]) == (True, True)


# --------------------------------------------------------------------- replies


@pytest.mark.parametrize(
    ("status", "reply"),
    [
        ("250 OK", Reply(250, "OK")),
        ("250 2.0.0 OK", Reply(250, "OK", "2.0.0")),
        (b"550 5.1.1 No", Reply(550, "No", "5.1.1")),
        ("250", Reply(250, "")),
        ("250 2.0.0", Reply(250, "", "2.0.0")),
        ("334 ", Reply(334, "")),
        ("250-a\r\n250 b", Reply(250, "a\nb")),
        ("250-2.0.0 a\n250 2.0.0 b\n", Reply(250, "a\nb", "2.0.0")),
        ("250 a\r\n550 injected", Reply(250, "a\n550 injected")),
        (Reply(250, "as it is"), Reply(250, "as it is")),
        ("hello", Reply(451, "The handler's answer is not a reply: hello", "4.3.0")),
        ("", Reply(451, "The handler's answer is not a reply: ", "4.3.0")),
        ("999 no", Reply(451, "The handler's answer is not a reply: 999 no", "4.3.0")),
    ],
)
def test_a_hook_s_answer_is_read_as_one_reply(status, reply):
    assert read_reply(status) == reply


@pytest.mark.parametrize(
    ("status", "line"),
    [
        ("250-FOO", b"250-FOO\r\n"),
        (b"250-FOO BAR", b"250-FOO BAR\r\n"),
        ("250 FOO", None),
        ("250-FOO\r\n250 BAR", None),
        (Reply(250, "FOO"), None),
    ],
)
def test_a_line_ahead_of_a_reply_is_told_from_a_reply(status, line):
    assert read_continuation(status) == line


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (AuthResult(success=True), (True, 235)),
        (AuthResult(success=True, message="235 2.7.0 Hi"), (True, 235)),
        (AuthResult(success=False), (False, 0)),
        (AuthResult(success=False, handled=False), (False, 535)),
        (AuthResult(success=False, handled=False, message="454 4.7.0 Later"), (False, 454)),
        (None, (False, 0)),
        (False, (False, 535)),
        (MISSING, (False, 535)),
        ("ada", (True, 235)),
    ],
)
def test_an_auth_result_is_read_in_its_old_and_new_form(result, expected):
    outcome = read_auth(result)

    assert (outcome.ok, outcome.reply.code if outcome.reply else 0) == expected


def test_the_user_of_an_auth_result_is_text():
    login = LoginPassword(b"ada", b"sesame")

    assert read_auth(AuthResult(success=True, auth_data=login)) == StockAuth(
        True, Reply(235, "Authenticated", "2.7.0"), "ada", login
    )

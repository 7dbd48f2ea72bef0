"""The rules of the SMTP dialogue: what may be said when, and what is answered.

- A session is greeted first; MAIL, RCPT and DATA or BDAT follow in this order (RFC 5321 §4.1.4).
- A command that is refused changes nothing.
- A parameter or command of an extension is allowed only where the extension is offered.
- Where TLS or AUTH is required, what needs it is refused with 530 (RFC 3207 §4, RFC 4954 §6).
- Every reply but the greeting, EHLO's and 3xx carries an enhanced code (RFC 2034 §3).

Does no I/O and knows no socket, loop or store: each method takes a command's argument and returns the
Reply to it, having changed the state if the reply is positive.
"""

from __future__ import annotations

from dataclasses import replace

from ..address import PathError, parse_parameters, parse_path
from ..model import Auth, Recipient, Reply, parameter_value
from ..policy import EXTENSIONS, Policy
from . import parameters as esmtp
from .commands import BEFORE_AUTH, BEFORE_TLS, DEFINED_BY, IDLE, MAX_COMMAND, SYNTAX
from .draft import AuthRequest, Chunk, Draft, Path, drafted

__all__ = ["Dialogue", "Offers"]

# So many different offers are remembered: faults may make any number of them.
MAX_OFFERS = 64
# What is offered, and EHLO's reply that says so, by what it depends on.
Offers = dict[tuple[bool, bool, frozenset[str], tuple[str, ...]], tuple[frozenset[str], Reply]]

_SENDER_OK = Reply(250, "Sender OK", "2.1.0")
_RECIPIENT_OK = Reply(250, "Recipient OK", "2.1.5")
_SEND_CONTENT = Reply(354, "Send the content; end it with <CRLF>.<CRLF>")


class Dialogue:
    """The state of one session's dialogue, and the rules that change it.

    *can_tls* says whether there is a certificate. *own_mechanisms* are AUTH mechanisms that a handler brings,
    in upper case; *own_check* says that it checks passwords, whatever the policy's credentials are. *offers*
    remembers what was offered to others, for dialogues that are all made with the same arguments.
    `is_encrypted`, `certificate` and `auth` are told by the connection.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        can_tls: bool = False,
        own_mechanisms: tuple[str, ...] = (),
        own_check: bool = False,
        offers: Offers | None = None,
    ) -> None:
        self.policy = policy
        self.verb = ""
        self.domain = ""
        self.draft: Draft | None = None
        self.is_encrypted = False
        self.certificate = ""
        self.auth: Auth | None = None
        self.errors = 0
        self.idle_commands = 0
        self._can_tls = can_tls
        self._own_mechanisms = own_mechanisms
        self._own_check = own_check
        self._known_offers: Offers = {} if offers is None else offers
        # What faults take out of the offer, and what they put in that is not there.
        self.hidden: frozenset[str] = frozenset()
        self.added: tuple[str, ...] = ()
        # What was offered to the greeting: looked at for every parameter, so kept.
        self._in_force: frozenset[str] = frozenset()

    # ------------------------------------------------------------ what holds

    @property
    def is_extended(self) -> bool:
        """Whether the client said EHLO or LHLO, and so may use what was offered."""
        return self.verb in ("EHLO", "LHLO")

    def offered(self) -> frozenset[str]:
        """The extensions that hold in this session as it is now."""
        policy = self.policy
        absent = set(self.hidden)
        if not self._can_tls or self.is_encrypted:
            absent.add("STARTTLS")
        if not self.mechanisms():
            absent.add("AUTH")
        if not self.is_encrypted:
            absent.add("REQUIRETLS")
        if not policy.xclient:
            absent.add("XCLIENT")
        if "CHUNKING" not in policy.extensions or "CHUNKING" in absent:
            absent.add("BINARYMIME")
        if not policy.max_recipients:
            absent.add("LIMITS")
        return policy.extensions - absent

    def mechanisms(self) -> tuple[str, ...]:
        """The AUTH mechanisms that can succeed in this session as it is now."""
        policy = self.policy
        if not self.is_encrypted and (policy.require_tls or not policy.plain_auth):
            return ()
        names = [name for name in policy.mechanisms if self._can_use(name)]
        return (*names, *(name for name in self._own_mechanisms if name not in names))

    def _can_use(self, mechanism: str) -> bool:
        credentials = self.policy.credentials
        if self._own_check and mechanism in ("PLAIN", "LOGIN"):
            return True
        if mechanism == "EXTERNAL":
            return bool(self.certificate) and bool(credentials)
        if mechanism.startswith("SCRAM-"):
            # The server proves that it knows the password, so accepting anyone is not possible.
            return bool(credentials.users)
        if mechanism == "ANONYMOUS":
            return credentials.anyone or credentials.password("anonymous") is not None
        return bool(credentials)

    def knows(self, verb: str) -> bool:
        """Whether *verb* is a command here."""
        if verb in ("HELO", "EHLO"):
            return not self.policy.lmtp
        if verb == "LHLO":
            return self.policy.lmtp
        extension = DEFINED_BY.get(verb)
        if extension in ("AUTH", "STARTTLS"):
            # Known where it could ever be offered; whether it may be used now is told when it is.
            return extension in self.policy.extensions - self.hidden
        return extension is None or extension in self.offered()

    def gate(self, verb: str) -> Reply | None:
        """Why *verb* cannot be used in this session as it is now, or ``None``."""
        policy = self.policy
        if policy.require_tls and not self.is_encrypted and verb not in BEFORE_TLS:
            return Reply(530, "Send STARTTLS first: TLS is required here", "5.7.0")
        if policy.require_auth and self.auth is None and verb not in BEFORE_AUTH:
            return Reply(530, "Authentication required", "5.7.0")
        return None

    # -------------------------------------------------------------- greeting

    def banner(self) -> Reply:
        kind = "LMTP" if self.policy.lmtp else "ESMTP"
        return Reply(220, f"{self.policy.hostname} {kind} mailsink")

    def helo(self, argument: str) -> Reply:
        """RFC 5321 §4.1.1.1."""
        if not argument:
            return self.syntax("HELO")
        self._greet("HELO", argument)
        return Reply(250, self.policy.hostname)

    def ehlo(self, argument: str, verb: str = "EHLO") -> Reply:
        """RFC 5321 §4.1.1.1, RFC 2033 §4.1; the lines after the first are the extensions offered."""
        if not argument:
            return self.syntax(verb)
        self._greet(verb, argument)
        key = (self.is_encrypted, bool(self.certificate), self.hidden, self.added)
        if key not in self._known_offers:
            if len(self._known_offers) >= MAX_OFFERS:
                self._known_offers.clear()
            self._known_offers[key] = self._make_offer()
        self._in_force, reply = self._known_offers[key]
        return reply

    def _greet(self, verb: str, argument: str) -> None:
        self.draft = None
        self.verb = verb
        self.domain = argument
        self._in_force = frozenset()

    def _make_offer(self) -> tuple[frozenset[str], Reply]:
        offered = self.offered()
        lines = [self._offer(name) for name in EXTENSIONS if name in offered]
        return offered, Reply(250, "\n".join([self.policy.hostname, *lines, *self.added, "HELP"]))

    def _offer(self, name: str) -> str:
        if name == "SIZE":
            return f"SIZE {self.policy.max_size}"
        if name == "AUTH":
            return "AUTH " + " ".join(self.mechanisms())
        if name == "LIMITS":
            return f"LIMITS RCPTMAX={self.policy.max_recipients}"
        if name == "XCLIENT":
            return "XCLIENT NAME ADDR PORT HELO LOGIN PROTO"
        return name

    def forget_greeting(self) -> None:
        """After STARTTLS and XCLIENT the session is as at its beginning (RFC 3207 §4.2)."""
        self.verb = self.domain = ""
        self.draft = None

    # ----------------------------------------------------------- transaction

    def read_mail(self, argument: str) -> Path | Reply:
        """Read MAIL's argument (RFC 5321 §4.1.1.2); a Reply says why it cannot be accepted."""
        if not self.verb:
            return Reply(
                503, f"Bad sequence: send {'LHLO' if self.policy.lmtp else 'EHLO or HELO'} first", "5.5.1"
            )
        if self.draft is not None:
            return Reply(503, "Bad sequence: a transaction is open; end it or send RSET", "5.5.1")
        return self._read_path("MAIL", "FROM:", argument, esmtp.MAIL)

    def declared_too_large(self, path: Path) -> Reply | None:
        """The reply to a MAIL that announces more octets than are allowed (RFC 1870 §6.1), else ``None``."""
        size = parameter_value(path.parameters, "SIZE")
        if size and self.policy.max_size and int(size) > self.policy.max_size:
            return self.too_large()
        return None

    def begin(self, path: Path) -> Reply:
        """Accept MAIL: a transaction begins."""
        self.draft = drafted(path)
        self.idle_commands = 0
        return _SENDER_OK

    def read_rcpt(self, argument: str) -> Path | Reply:
        """Read RCPT's argument (RFC 5321 §4.1.1.3); a Reply says why it cannot be accepted."""
        if self.draft is None:
            return Reply(503, "Bad sequence: send MAIL first", "5.5.1")
        if self.draft.chunked:
            return Reply(503, "Bad sequence: the content has begun", "5.5.1")
        read = self._read_path("RCPT", "TO:", argument, esmtp.RCPT)
        limit = self.policy.max_recipients
        if not isinstance(read, Reply) and limit and len(self.draft.recipients) >= limit:
            # RFC 5321 §4.5.3.1.10: 452 lets the client send the rest in another transaction.
            return Reply(452, f"Too many recipients; {limit} are allowed", "4.5.3")
        return read

    def decide(self, path: Path) -> Reply:
        """Accept, refuse or discard RCPT as the policy says."""
        rule = self.policy.recipient(path.path)
        if rule is not None and rule.action == "reject":
            return self.add_recipient(path, rule.reply)
        return self.add_recipient(path, _RECIPIENT_OK, discarded=rule is not None)

    def add_recipient(self, path: Path, reply: Reply, *, discarded: bool = False, fault: str = "") -> Reply:
        """Record a recipient with the reply it gets, accepted or refused."""
        assert self.draft is not None
        self.draft.recipients.append(
            Recipient(
                path=path.path, parameters=path.parameters, reply=reply, discarded=discarded, fault=fault
            )
        )
        return reply

    def reword_recipient(self, known: int, reply: Reply, *, fault: str) -> None:
        """The recipient after the first *known*, if it was accepted, was so in the words of a *fault*."""
        recipients = [] if self.draft is None else self.draft.recipients
        if len(recipients) > known and recipients[known].reply.is_positive:
            recipients[known] = replace(recipients[known], reply=reply, fault=fault)

    def data(self, argument: str) -> Reply:
        """RFC 5321 §4.1.1.4: 354, and the content follows."""
        if argument:
            return self.syntax("DATA")
        refused = self._refuse_content("DATA")
        if refused is not None:
            return refused
        assert self.draft is not None
        if self.draft.chunked:
            return Reply(503, "Bad sequence: the content has begun with BDAT", "5.5.1")
        if parameter_value(self.draft.parameters, "BODY").upper() == "BINARYMIME":
            # RFC 3030 §3: binary content cannot be sent by DATA.
            return Reply(503, "Bad sequence: BODY=BINARYMIME needs BDAT", "5.5.1")
        return _SEND_CONTENT

    def bdat(self, argument: str) -> Chunk | Reply:
        """RFC 3030 §2. The octets follow in any case, and must be read even where they are refused."""
        size, _, last = argument.partition(" ")
        if (
            not size.isascii()
            or not size.isdigit()
            or len(size) > 20
            or last.strip().upper() not in ("", "LAST")
        ):
            return self.syntax("BDAT")
        return Chunk(int(size), bool(last), self._refuse_chunk(int(size)))

    def _refuse_chunk(self, size: int) -> Reply | None:
        refused = self.gate("BDAT") or self._refuse_content("BDAT")
        if refused is not None:
            return refused
        assert self.draft is not None
        if self.draft.spoilt:
            return Reply(503, "Bad sequence: a chunk was refused; send RSET", "5.5.1")
        if self.policy.max_size and len(self.draft.octets) + size > self.policy.max_size:
            return self.too_large()
        return None

    def _refuse_content(self, verb: str) -> Reply | None:
        if self.draft is None:
            return Reply(503, "Bad sequence: send MAIL and RCPT first", "5.5.1")
        if not self.draft.accepted:
            if self.draft.recipients:
                # RFC 5321 §3.3: 554 when there were recipients and all were refused.
                return Reply(554, "No valid recipients", "5.5.1")
            return Reply(503, f"Bad sequence: send RCPT before {verb}", "5.5.1")
        return None

    def end(self) -> Draft:
        """The transaction is over; returns it."""
        draft, self.draft = self.draft, None
        assert draft is not None
        return draft

    def rset(self, argument: str) -> Reply:
        """RFC 5321 §4.1.1.5."""
        return self.syntax("RSET") if argument else Reply(250, "Flushed", "2.0.0")

    # ---------------------------------------------------------- TLS and AUTH

    def starttls(self, argument: str) -> Reply:
        """RFC 3207 §4: 220, and the client begins the handshake."""
        if argument:
            return self.syntax("STARTTLS")
        if self.is_encrypted:
            return Reply(503, "Bad sequence: TLS is active", "5.5.1")
        if not self._can_tls:
            return Reply(454, "TLS is not available: there is no certificate", "4.7.0")
        return Reply(220, "Begin TLS", "2.0.0")

    def read_auth(self, argument: str) -> AuthRequest | Reply:
        """RFC 4954 §4; a Reply says why the exchange cannot begin."""
        refused = self._refuse_auth()
        if refused is not None:
            return refused
        name, *rest = argument.split()[:3] or [""]
        if not name or len(rest) > 1:
            return self.syntax("AUTH")
        mechanisms = self.mechanisms()
        if name.upper() not in mechanisms:
            return Reply(504, f"Mechanism not offered; known are {' '.join(mechanisms)}", "5.5.4")
        return AuthRequest(name.upper(), rest[0] if rest else None)

    def _refuse_auth(self) -> Reply | None:
        if not self.is_extended:
            return Reply(503, "Bad sequence: send EHLO first", "5.5.1")
        if self.auth is not None:
            return Reply(503, "Bad sequence: already authenticated", "5.5.1")
        if self.draft is not None:
            return Reply(503, "Bad sequence: a transaction is open", "5.5.1")
        if not (self.policy.credentials or self._own_mechanisms or self._own_check):
            return Reply(502, "AUTH is not offered here: no users are set", "5.5.1")
        if not self.is_encrypted and not self.policy.plain_auth:
            return Reply(538, "Encryption required: send STARTTLS first", "5.7.11")
        return None

    # ---------------------------------------------------------------- others

    def noop(self, argument: str) -> Reply:  # noqa: ARG002 - RFC 5321 §4.1.1.9: the string is ignored
        return Reply(250, "OK", "2.0.0")

    def quit(self, argument: str) -> Reply:
        """RFC 5321 §4.1.1.10."""
        return self.syntax("QUIT") if argument else Reply(221, f"{self.policy.hostname} closes", "2.0.0")

    def vrfy(self, argument: str) -> Reply:
        """RFC 5321 §3.5.3: what RCPT would be answered where the policy knows, 252 where it does not."""
        if not argument:
            return self.syntax("VRFY")
        try:
            path, _ = parse_path(argument)
        except PathError as error:
            return Reply(501, str(error), error.enhanced)
        rule = self.policy.recipient(path)
        if rule is not None and rule.action == "reject":
            return rule.reply
        if self.policy.closed:
            return Reply(250, f"<{path}>", "2.1.5")
        return Reply(252, "Cannot verify, but will accept a message and keep it", "2.5.0")

    def expn(self, argument: str) -> Reply:
        """RFC 5321 §3.5.2; there are no lists here."""
        return Reply(550, "No such list", "5.1.1") if argument else self.syntax("EXPN")

    def help(self, argument: str) -> Reply:
        """RFC 5321 §4.1.1.8."""
        offered = [verb for verb in sorted(SYNTAX) if self._offers(verb)]
        known = " ".join(offered)
        if not argument:
            return Reply(214, f"Commands: {known}", "2.0.0")
        verb = argument.upper()
        if verb not in offered:
            return Reply(504, f"No such command; known are {known}", "5.5.4")
        return Reply(214, f"Syntax: {SYNTAX[verb]}", "2.0.0")

    def _offers(self, verb: str) -> bool:
        extension = DEFINED_BY.get(verb)
        return self.knows(verb) and (extension is None or extension in self.offered())

    def syntax(self, verb: str) -> Reply:
        """The 501 that names the right syntax of *verb*."""
        return Reply(501, f"Syntax: {SYNTAX[verb]}", "5.5.4")

    def unknown(self, verb: str) -> Reply:
        """RFC 5321 §4.2.4: 502 for a command of SMTP that is not implemented here, 500 for the rest."""
        if self.policy.lmtp and verb in ("EHLO", "HELO"):
            # RFC 2033 §4.1 recommends 500 for both.
            return Reply(500, "This is LMTP: send LHLO", "5.5.1")
        if verb in SYNTAX:
            return Reply(502, f"{verb} is not offered here", "5.5.1")
        shown = verb if len(verb) <= 20 else verb[:20] + "..."
        return Reply(500, f"Command {shown!r} is not known; HELP lists those that are", "5.5.1")

    def too_long(self) -> Reply:
        return Reply(500, f"Line too long; {MAX_COMMAND} octets are allowed", "5.5.2")

    def too_large(self) -> Reply:
        """RFC 1870 §6.3."""
        return Reply(552, f"Message too large; {self.policy.max_size} octets are allowed", "5.3.4")

    # ---------------------------------------------------------------- limits

    def count_command(self, verb: str) -> Reply | None:
        """Count a command that says nothing about a message; the 421 when there were too many."""
        if verb not in IDLE:
            return None
        self.idle_commands += 1
        limit = self.policy.max_idle_commands
        if limit and self.idle_commands > limit:
            return Reply(421, f"More than {limit} commands without a message; closing", "4.7.0")
        return None

    def count_error(self, reply: Reply) -> Reply | None:
        """Count a reply that says the client was wrong; the 421 when there were too many."""
        if reply.code in (500, 501, 502, 503, 504):
            self.errors += 1
            if self.policy.max_errors and self.errors >= self.policy.max_errors:
                return Reply(421, "Too many errors; closing", "4.7.0")
        return None

    def _read_path(
        self, verb: str, keyword: str, argument: str, known: dict[str, esmtp.Definition]
    ) -> Path | Reply:
        if argument[: len(keyword)].upper() != keyword:
            return self.syntax(verb)
        try:
            path, tail = parse_path(argument[len(keyword) :].strip(), null_ok=verb == "MAIL")
            parameters = parse_parameters(tail) if tail else ()
        except PathError as error:
            return Reply(error.code, str(error), error.enhanced)
        for parameter in parameters:
            refused = esmtp.check(parameter, known, self._in_force)
            if refused is not None:
                return refused
        return Path(path, parameters)

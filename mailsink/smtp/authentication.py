"""AUTH over a connection: carries challenges and responses between client and mechanism (RFC 4954).

The mechanisms are in `mailsink.smtp.sasl`; what may be used when is in the dialogue's rules.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode

from ..model import Auth, Reply
from . import sasl
from .commands import MAX_AUTH
from .connection import Connection
from .stock import StockAuth, login, read_auth

__all__ = ["AuthConnection"]


class AuthConnection(Connection):
    """A connection that can authenticate its client."""

    async def smtp_AUTH(self, arg: str | None) -> None:
        request = self.dialogue.read_auth(arg or "")
        if isinstance(request, Reply):
            await self.push(request)
            return
        words = (arg or "").split()
        if await self._hooked(request.mechanism, words):
            return
        if request.mechanism in self._hooks.auth:
            result = await self._hooks.auth[request.mechanism](self, words)
            await self._stock_outcome(request.mechanism, read_auth(result))
            return
        mechanism = sasl.mechanism(request.mechanism)
        if mechanism.server_first and request.initial is not None:
            await self.push(Reply(501, f"{request.mechanism} takes no initial response", "5.5.4"))
            return
        verifier = _Verifier(self, request.mechanism)
        exchange = mechanism.run(verifier, self.dialogue.certificate, self.port.policy.hostname)
        outcome = await self._exchange(exchange, request.initial)
        if outcome is None:
            if verifier.refused is not None:
                # XOAUTH2 tells of a failure before the end; curl closes the connection then.
                self._not_authenticated(request.mechanism, verifier.refused)
            return
        if verifier.stock is not None:
            await self._stock_outcome(request.mechanism, verifier.stock)
        else:
            await self._outcome(request.mechanism, outcome)

    async def _exchange(self, exchange: sasl.Exchange, initial: str | None) -> sasl.Outcome | None:
        """Carry challenges and responses; ``None`` when the exchange was given up and answered."""
        challenge = next(exchange)
        response = initial
        while True:
            if response is None:
                response = await self._ask(challenge)
                if response is None:
                    return None
            if response == "*":
                # RFC 4954 §4: the client gives up.
                await self.push(Reply(501, "Authentication cancelled", "5.7.0"))
                return None
            try:
                # RFC 4954 §4: "=" is a response of no octets.
                octets = b"" if response == "=" else b64decode(response, validate=True)
            except (binascii.Error, ValueError):
                await self.push(Reply(501, "That is not base64", "5.5.2"))
                return None
            response = None
            try:
                challenge = exchange.send(octets)
            except StopIteration as done:
                outcome: sasl.Outcome = done.value
                return outcome

    async def _ask(self, challenge: bytes) -> str | None:
        """Send a challenge; the client's line, or ``None`` when it is gone or the line was too long."""
        self.write(Reply(334, b64encode(challenge).decode()))
        line, too_long = await self._reader.read_line(MAX_AUTH)
        if line:
            self.transcript.secret(len(line))
        if too_long:
            # RFC 4954 §4: 500 for a line that is longer than 12,288 octets.
            await self.push(Reply(500, "Authentication line too long", "5.5.6"))
            return None
        if not line:
            return None
        return line.decode("ascii", "replace").strip()

    async def _outcome(self, mechanism: str, outcome: sasl.Outcome) -> None:
        if outcome.ok:
            self._authenticated(mechanism, outcome.user, login(outcome.user))
            await self.push(Reply(235, "Authenticated", "2.7.0"))
            return
        self._not_authenticated(mechanism, outcome.user, outcome.why)
        await self.push(Reply(535, "Authentication failed", "5.7.8"))

    async def _stock_outcome(self, mechanism: str, outcome: StockAuth) -> None:
        """What a handler or an authenticator decided, who may have answered itself."""
        if outcome.ok:
            self._authenticated(mechanism, outcome.user, outcome.data)
        else:
            self._not_authenticated(mechanism, outcome.user)
        if outcome.reply is not None:
            await self.push(outcome.reply)

    async def _hooked(self, mechanism: str, words: list[str]) -> bool:
        """Whether the handler's `handle_AUTH` did all there was to do."""
        reply = await self.hook("AUTH", words)
        if reply is None:
            return False
        if reply.code == 235:
            outcome = read_auth(self.session.auth_data)
            self._authenticated(mechanism, outcome.user, self.session.auth_data)
        await self.push(reply)
        return True

    def _authenticated(self, mechanism: str, user: str, data: object) -> None:
        self.dialogue.auth = Auth(mechanism, user)
        self.remember_login(data)
        self.transcript.event(f"Authenticated as {user} by {mechanism}.")

    def _not_authenticated(self, mechanism: str, user: str, why: str = "") -> None:
        reason = f": {why}" if why else ""
        self.transcript.event(f"{user or 'Nobody'} failed to authenticate by {mechanism}{reason}.")


class _Verifier:
    """Asks the policy's credentials, or the stock `authenticator` where one was given.

    *refused* is the user whose password was wrong.
    """

    def __init__(self, protocol: Connection, mechanism: str) -> None:
        self.stock: StockAuth | None = None
        self.refused: str | None = None
        self._protocol = protocol
        self._mechanism = mechanism
        self._credentials = protocol.port.policy.credentials
        self.anyone = self._credentials.anyone

    def password(self, user: str) -> str | None:
        return self._credentials.password(user)

    def check(self, user: str, password: str) -> bool:
        if self._protocol._authenticator is None:
            ok = self._credentials.check(user, password)
        else:
            self.stock = self._protocol.authenticate(self._mechanism, user, password)
            ok = self.stock.ok
        self.refused = None if ok else user
        return ok

"""AUTH over a connection: carries challenges and responses between client and mechanism (RFC 4954).

The mechanisms are in `mailsink.smtp.sasl`; what may be used when is in the dialogue's rules.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode

from ..model import Auth, Reply
from . import sasl
from .connection import Connection
from .dialogue import MAX_AUTH
from .stock import read_reply

__all__ = ["AuthConnection"]


class AuthConnection(Connection):
    """A connection that can authenticate its client."""

    async def smtp_AUTH(self, arg: str | None) -> None:
        name = (arg or "").partition(" ")[0].upper()
        if name in self._hooks.auth:
            await self._stock_auth(name, (arg or "").split())
            return
        request = self.dialogue.read_auth(arg or "")
        if isinstance(request, Reply):
            await self.push(request)
            return
        mechanism = sasl.mechanism(request.mechanism)
        if mechanism.server_first and request.initial is not None:
            await self.push(Reply(501, f"{request.mechanism} takes no initial response", "5.5.4"))
            return
        verifier = _Verifier(self, request.mechanism)
        exchange = mechanism.run(verifier, self.dialogue.certificate, self.port.policy.hostname)
        outcome = await self._exchange(exchange, request.initial)
        if outcome is not None:
            await self._authenticated(request.mechanism, outcome)

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
        self._write(Reply(334, b64encode(challenge).decode()))
        line, too_long = await self._reader.read_line(MAX_AUTH)
        self.transcript.secret(len(line))
        if too_long:
            # RFC 4954 §4: 500 for a line that is longer than 12,288 octets.
            await self.push(Reply(500, "Authentication line too long", "5.5.6"))
            return None
        if not line:
            return None
        return line.decode("ascii", "replace").strip()

    async def _authenticated(self, mechanism: str, outcome: sasl.Outcome) -> None:
        if not outcome.ok:
            why = f": {outcome.why}" if outcome.why else ""
            self.transcript.event(f"{outcome.user or 'Nobody'} failed to authenticate by {mechanism}{why}.")
            await self.push(Reply(535, "Authentication failed", "5.7.8"))
            return
        self.dialogue.auth = Auth(mechanism, outcome.user)
        self.session.authenticated = True
        self.session.auth_data = outcome.user  # type: ignore[assignment]
        self.transcript.event(f"Authenticated as {outcome.user} by {mechanism}.")
        await self.push(Reply(235, "Authenticated", "2.7.0"))

    async def _stock_auth(self, name: str, words: list[str]) -> None:
        """A handler's own ``auth_…`` method, with the stock class's meaning of what it returns."""
        result = await self._hooks.auth[name](self, words)
        success = getattr(result, "success", result not in (None, False))
        if not success:
            if not getattr(result, "handled", False):
                await self.push(
                    read_reply(getattr(result, "message", None) or "535 5.7.8 Authentication failed")
                )
            return
        await self._authenticated(name, sasl.Outcome(_login_of(result), ok=True))


class _Verifier:
    """Asks the policy's credentials, or the stock `authenticator` where one was given."""

    def __init__(self, protocol: Connection, mechanism: str) -> None:
        self._protocol = protocol
        self._mechanism = mechanism
        self._credentials = protocol.port.policy.credentials
        self.anyone = self._credentials.anyone

    def password(self, user: str) -> str | None:
        return self._credentials.password(user)

    def check(self, user: str, password: str) -> bool:
        protocol = self._protocol
        if protocol._authenticator is None:
            return self._credentials.check(user, password)
        from aiosmtpd.smtp import LoginPassword

        login = LoginPassword(
            user.encode("utf-8", "surrogateescape"), password.encode("utf-8", "surrogateescape")
        )
        result = protocol._authenticator(
            protocol, protocol.session, protocol.envelope, self._mechanism, login
        )
        return bool(result.success)


def _login_of(result: object) -> str:
    data = getattr(result, "auth_data", result)
    login = getattr(data, "login", data)
    return login.decode("utf-8", "replace") if isinstance(login, bytes) else str(login)

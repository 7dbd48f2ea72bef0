"""A server in a process of its own, mailsink's or aiosmtpd's stock one, to be asked the same questions.

Run as a script it serves and obeys lines of JSON on its standard input; `PitfallServer` is the other end.
Both kinds of server have the same handler, which keeps what it is given.
"""
# ruff: noqa: N802, ARG002 - aiosmtpd names the hooks and what they are called with

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from base64 import b64decode, b64encode
from types import TracebackType
from typing import Any

TIMEOUT = 30.0
# How long a question is waited for that stock aiosmtpd never answers.
PATIENCE = 1.0


class Handler:
    """Keeps transactions; some recipients make it slow or make it fail."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, list[str], bytes]] = []
        self.release = asyncio.Event()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("crlf"):
            raise ValueError("first\r\n250 injected")
        if address.startswith("echo"):
            raise ValueError(f"what is {envelope.mail_from}?")
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        if envelope.rcpt_tos[0].startswith("slow"):
            await self.release.wait()
        if envelope.rcpt_tos[0].startswith("fail"):
            raise ValueError("no")
        self.kept.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 2.0.0 OK"


def authenticator(server, session, envelope, mechanism, login):
    from aiosmtpd.smtp import AuthResult

    return AuthResult(success=True, auth_data=login)


class Ours:
    """The sink, as `mailsink.sink` starts it."""

    def __init__(self, options: dict[str, Any], handler: Handler) -> None:
        from mailsink.policy import Policy
        from mailsink.sink import Sink

        policy = Policy(max_size=options.get("max_size", 10**9), idle_timeout=options.get("timeout", 60))
        self.sink = Sink(policy=policy, handler=handler, authenticator=authenticator)
        self.sink.start()
        if options.get("tls"):
            self.sink.listen(tls="implicit")
        thread = self.sink._run.thread
        self.loop = thread._loop
        self._thread = thread
        self.port = self.sink.listeners[-1].port
        self.ca = self.sink.certificates.ca_pem().decode() if options.get("tls") else ""

    def connections(self) -> int:
        return len(self._thread._connected)

    def stop(self) -> None:
        self.sink.close()


class Stock:
    """aiosmtpd's SMTP on a plain loop, started and stopped by the calls that its Controller makes."""

    def __init__(self, options: dict[str, Any], handler: Handler) -> None:
        from aiosmtpd.smtp import SMTP

        from mailsink.smtp.tls import Certificates

        self.loop = asyncio.new_event_loop()
        self._open: set[Any] = set()
        opened = self._open
        certificates = Certificates() if options.get("tls") else None

        class Counted(SMTP):
            def connection_made(self, transport):
                opened.add(self)
                super().connection_made(transport)

            def connection_lost(self, error):
                opened.discard(self)
                super().connection_lost(error)

        def factory() -> SMTP:
            return Counted(
                handler,
                hostname="stock",
                data_size_limit=options.get("max_size", 10**9),
                timeout=options.get("timeout", 60),
                enable_SMTPUTF8=True,
                auth_require_tls=bool(options.get("tls")),
                authenticator=authenticator,
                loop=self.loop,
            )

        self._server = self.loop.run_until_complete(
            self.loop.create_server(
                factory, "127.0.0.1", 0, ssl=certificates and certificates.context(), backlog=2048
            )
        )
        self.port = self._server.sockets[0].getsockname()[1]
        self.ca = certificates.ca_pem().decode() if certificates else ""
        self._runner = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._runner.start()

    def connections(self) -> int:
        return len(self._open)

    def stop(self) -> None:
        async def finish() -> None:
            self._server.close()
            await self._server.wait_closed()

        asyncio.run_coroutine_threadsafe(finish(), self.loop).result(PATIENCE)


def memory() -> int:
    """Resident octets of this process now."""
    with open("/proc/self/status") as status:  # noqa: PTH123
        line = next(line for line in status if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024


def obey(server: Ours | Stock, handler: Handler, order: str) -> object:
    if order == "memory":
        return memory()
    if order == "clear":
        handler.kept.clear()
        return server.loop.call_soon_threadsafe(handler.release.clear) and None
    if order == "release":
        return server.loop.call_soon_threadsafe(handler.release.set) and None
    if order == "kept":
        return [(str(sender), rcpt, b64encode(content).decode()) for sender, rcpt, content in handler.kept]
    if order == "stop":
        started = time.monotonic()
        server.stop()
        return time.monotonic() - started
    assert order == "connections"
    return server.connections()


def main() -> None:
    options = json.loads(sys.argv[2])
    handler = Handler()
    server = {"mailsink": Ours, "stock": Stock}[sys.argv[1]](options, handler)
    print(json.dumps({"port": server.port, "ca": server.ca}), flush=True)
    for line in sys.stdin:
        try:
            answer = {"answer": obey(server, handler, json.loads(line))}
        except TimeoutError:
            answer = {"error": "it hangs"}
        print(json.dumps(answer), flush=True)
    # Whatever still runs in other threads is of no interest.
    os._exit(0)


class PitfallServer:
    """A server of *kind* ``"mailsink"`` or ``"stock"`` in a process that ends with this object's `close`."""

    host = "127.0.0.1"

    def __init__(self, kind: str, **options: Any) -> None:
        self.kind = kind
        paths = os.pathsep.join(path for path in sys.path if path)
        self._process = subprocess.Popen(
            [sys.executable, __file__, kind, json.dumps(options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": paths},
            text=True,
        )
        ready = json.loads(self._process.stdout.readline())
        self.port: int = ready["port"]
        self.ca: str = ready["ca"]

    def ask(self, order: str) -> Any:
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer["answer"]

    def kept(self) -> list[tuple[str, list[str], bytes]]:
        """Reverse-path, forward-paths and content of each transaction."""
        return [(sender, rcpt, b64decode(content)) for sender, rcpt, content in self.ask("kept")]

    def close(self) -> None:
        self._process.stdin.close()
        try:
            self._process.wait(TIMEOUT)
        finally:
            self._process.stdout.close()

    def __enter__(self) -> PitfallServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


if __name__ == "__main__":
    main()

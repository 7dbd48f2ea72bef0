"""Bare aiosmtpd with a handler that only counts, against which speed is measured. Its argument is a port."""

from __future__ import annotations

import asyncio
import sys

from aiosmtpd.smtp import SMTP


class Counter:
    """Accepts every mail and keeps none."""

    def __init__(self) -> None:
        self.count = 0

    async def handle_DATA(self, *_):  # noqa: N802 - the hook's name
        self.count += 1
        return "250 OK"


async def serve(port: int) -> None:
    counter = Counter()
    loop = asyncio.get_running_loop()
    # Without a name it would look its own up for each connection.
    server = await loop.create_server(
        lambda: SMTP(counter, hostname="localhost", enable_SMTPUTF8=True, loop=loop),
        "127.0.0.1",
        port,
        backlog=1024,
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))

"""Perl's Net::SMTP, with Authen::SASL and IO::Socket::SSL: net_smtp.pl is the program that uses it."""

from __future__ import annotations

import functools
import json
import tempfile
from base64 import b64encode
from dataclasses import asdict
from pathlib import Path

from interop.delivery import Delivery, Report
from programs import lack, need, run

PROGRAM = Path(__file__).with_name("net_smtp.pl")
MODULES = ("Net::SMTP", "IO::Socket::SSL", "Authen::SASL", "Digest::HMAC_MD5")


def deliver(delivery: Delivery) -> Report:
    finished = run(["perl", str(PROGRAM)], home=delivery.folder, stdin=as_json(delivery))
    return Report(finished.code == 0, finished.said)


def as_json(delivery: Delivery) -> bytes:
    """All of *delivery* for a program to read; the content in base64, files by their names."""
    values = asdict(delivery) | {"content": b64encode(delivery.content).decode()}
    return json.dumps(values, default=str).encode()


@functools.cache
def _missing() -> str:
    with tempfile.TemporaryDirectory() as home:
        for module in MODULES:
            if run(["perl", f"-M{module}", "-e1"], home=Path(home)).code:
                return module
    return ""


def need_perl() -> None:
    need("perl")
    if module := _missing():
        lack(f"Perl's {module} is not installed; `make packages` installs it or says how.")

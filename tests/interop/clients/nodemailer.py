"""Nodemailer: nodemailer.cjs is the program that uses it."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from interop.clients.net_smtp import as_json
from interop.delivery import Delivery, Report
from programs import lack, run

PROGRAM = Path(__file__).with_name("nodemailer.cjs")
# Beside the Python packages of the environment that the tests run in: see the Makefile.
MODULES = Path(sys.prefix, "node", "node_modules")


def deliver(
    delivery: Delivery,
    mail: Mapping[str, Any] | None = None,
    *,
    copies: int = 1,
    pool: Mapping[str, Any] | None = None,
) -> Report:
    """*mail* is a mail in Nodemailer's own words, for it to compose, in place of the content.

    *pool* has its words for connections that carry several of the *copies*.
    """
    values = json.loads(as_json(delivery)) | {"mail": mail, "copies": copies, "pool": pool or {}}
    finished = run(
        ["node", str(PROGRAM)],
        home=delivery.folder,
        stdin=json.dumps(values).encode(),
        NODE_PATH=str(MODULES),
    )
    return Report(finished.code == 0, finished.said)


def need_node() -> None:
    if shutil.which("node") is None:
        lack("node is not installed; install Node 20 or newer, with npm.")
    if not (MODULES / "nodemailer").is_dir():
        lack("Nodemailer is not installed; `make packages` installs it, by npm, or says how.")

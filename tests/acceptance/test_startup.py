"""SMTP answers before the web server's libraries are loaded: who starts with it is not kept waiting."""

from __future__ import annotations

import sys

from serving import Server

# At the moment Flask is asked for, SMTP is asked for its greeting.
PROBE = """
import socket, sys
bound = []

def watch(event, arguments):
    if event == "socket.bind":
        bound.append(arguments[0])
    elif event == "import" and arguments[0] == "flask" and bound:
        address = bound[0].getsockname()
        bound.clear()
        with socket.create_connection(address, timeout=10) as client:
            print("before Flask:", client.recv(100).decode().strip(), file=sys.stderr, flush=True)

from mailsink.cli import main
sys.addaudithook(watch)
main()
"""


def test_smtp_greets_before_flask_is_imported(tmp_path):
    with Server(tmp_path, command=(sys.executable, "-c", PROBE)) as server:
        code, errors = server.stop()

    assert (code, errors) == (0, "before Flask: 220 mailsink ESMTP mailsink\n")


def test_what_smtp_does_not_need_is_not_imported_before_it_listens(tmp_path):
    heavy = ("flask", "werkzeug", "jinja2", "msgspec", "sqlite3", "cryptography", "trustme", "email.message")
    probe = PROBE.replace(
        'print("before Flask:", client.recv(100)',
        f"print(sorted(set({heavy!r}) & set(sys.modules) - {{'flask'}}), client.recv(100)",
    )

    with Server(tmp_path, command=(sys.executable, "-c", probe)) as server:
        _, errors = server.stop()

    assert errors.startswith("[] 220 ")

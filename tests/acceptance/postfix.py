"""Postfix out of its unpacked package: a queue of its own in a folder, and all that is in it to one relay.

It is looked for beside the packages of the environment that the tests run in, and where it is installed.
"""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from programs import TIMEOUT, lack
from raw import Raw

ROOTS = (Path(sys.prefix, "postfix"), Path("/"))
_QUEUES = "active bounce corrupt defer deferred flush hold incoming maildrop pid private public saved trace"
# Debian has both everywhere; Postfix wants a user and a group that are neither root's nor nobody's.
_OWNER, _GROUP = "daemon", "mail"
_MAIN = """\
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
meta_directory = {home}/etc
command_directory = {root}/usr/sbin
daemon_directory = {root}/usr/lib/postfix/sbin
shlib_directory = {root}/usr/lib/postfix
maillog_file = {home}/log/mail.log
maillog_file_prefixes = {home}/log
import_environment = MAIL_CONFIG LD_LIBRARY_PATH
export_environment = MAIL_CONFIG LD_LIBRARY_PATH
mail_owner = {owner}
setgid_group = {group}
myhostname = client.example.org
mydestination =
alias_maps =
local_recipient_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
relayhost = [{host}]:{port}
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 1s
smtp_connection_cache_on_demand = no
"""
# Mail is handed in by SMTP over a socket file: no port that might be taken.
_MASTER = """\
submit  unix n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr    unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce  unix - - n - 0 bounce
defer   unix - - n - 0 bounce
trace   unix - - n - 0 bounce
flush   unix n - n 1000? 0 flush
smtp    unix - - n - - smtp
error   unix - - n - - error
retry   unix - - n - - error
postlog unix-dgram n - n - 1 postlogd
"""


def root() -> Path:
    """Where Postfix is; skips the test that asks where it is not, or cannot be run."""
    found = next((place for place in ROOTS if (place / "usr/lib/postfix/sbin/master").exists()), None)
    if found is None:
        unpack = f"dpkg -x postfix_*.deb {ROOTS[0]}"
        lack(f"Postfix is not there; `apt-get download postfix && {unpack}` puts it there.")
    assert found is not None
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("Postfix is not run: its master wants to be root, on Linux.")
    return found


class Postfix:
    """A running Postfix that relays all mail to *host* and *port*, and tries again each second."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def submit(self, sender: str, rcpt: str, content: bytes) -> None:
        with Raw(str(self._home / "queue/public/submit"), 0) as client:
            client.ehlo()
            client.say(f"MAIL FROM:<{sender}>")
            client.say(f"RCPT TO:<{rcpt}>")
            assert client.data(content).code == 250, self.log()

    def log(self) -> str:
        return (self._home / "log/mail.log").read_text()


@contextlib.contextmanager
def postfix(host: str, port: int) -> Iterator[Postfix]:
    place = root()
    # Not in a folder of the test's: that is nobody else's to look into, and too long for a socket file.
    with tempfile.TemporaryDirectory(prefix="postfix-") as folder:
        home = Path(folder)
        _furnish(home, place, host, port)
        environment = {"LD_LIBRARY_PATH": str(place / "usr/lib/postfix"), "PATH": os.environ["PATH"]}
        master = place / "usr/lib/postfix/sbin/master"
        # It comes back when the real one, which goes on behind, listens.
        subprocess.run(
            [master, "-w", "-c", home / "etc"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT,
            check=True,
        )
        try:
            yield Postfix(home)
        finally:
            _end(int((home / "queue/pid/master.pid").read_text()))


def _furnish(home: Path, place: Path, host: str, port: int) -> None:
    owner, group = pwd.getpwnam(_OWNER).pw_uid, grp.getgrnam(_GROUP).gr_gid
    home.chmod(0o755)
    for name in ("etc", "data", "log", "queue", *(f"queue/{queue}" for queue in _QUEUES.split())):
        (home / name).mkdir()
        if name not in ("etc", "queue", "queue/pid"):
            os.chown(home / name, owner, group if name in ("queue/public", "queue/maildrop") else 0)
    (home / "queue/public").chmod(0o710)
    (home / "queue/maildrop").chmod(0o730)
    words = {"home": home, "root": place, "owner": _OWNER, "group": _GROUP, "host": host, "port": port}
    (home / "etc/main.cf").write_text(_MAIN.format(**words))
    (home / "etc/master.cf").write_text(_MASTER)


def _end(pid: int) -> None:
    """End the master of that id, which ends all the others, and wait until it has."""
    process = os.pidfd_open(pid)
    try:
        os.kill(pid, signal.SIGTERM)
        assert select.select([process], [], [], TIMEOUT)[0], f"Postfix's master, {pid}, does not end"
    finally:
        os.close(process)

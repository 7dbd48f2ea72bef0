"""Who can do what: every client with the mechanisms, extensions and transports that it has.

Of our mechanisms (PLAIN, LOGIN, CRAM-MD5, SCRAM-SHA-1, SCRAM-SHA-256, XOAUTH2, OAUTHBEARER, ANONYMOUS,
EXTERNAL) a client lacks those that its documentation does not name. What is missing here is missing there.
"""

from __future__ import annotations

from functools import partial

from interop.clients import aiosmtplib, curl, msmtp, net_smtp, nodemailer, smtplib, swaks
from interop.delivery import Client
from programs import need

__all__ = ["CLIENTS", "MECHANISMS", "client", "clients_that"]

ALL_DSN = ("RET", "ENVID", "NOTIFY", "ORCPT")
# What is said of a client that refuses our certificate without an alert.
SILENT = "it may not trust the certificate."

CLIENTS = (
    # It has answers for these three; others are the caller's own code, given to SMTP.auth. Its LMTP reads one
    # reply to the content, so there can be one recipient; nothing else of it takes a UNIX socket. It sends
    # parameters as it is told to; no CHUNKING, no pipelining.
    Client(
        name="smtplib",
        deliver=smtplib.deliver,
        mechanisms=("PLAIN", "LOGIN", "CRAM-MD5"),
        can=frozenset({"names", "lmtp", "8bitmime", "smtputf8", "requiretls"}),
        dsn=ALL_DSN,
    ),
    # No LMTP, no CHUNKING, no pipelining. When it does not trust, asyncio drops the alert.
    Client(
        name="aiosmtplib",
        deliver=aiosmtplib.deliver,
        mechanisms=("PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2"),
        can=frozenset({"names", "unix", "8bitmime", "smtputf8", "requiretls"}),
        dsn=ALL_DSN,
        distrust=SILENT,
    ),
    # Told a bearer token it prefers OAUTHBEARER, whatever --login-options say. SCRAM needs a libcurl that was
    # built with GNU SASL, which Debian's was not. No ANONYMOUS. No LMTP, no parameters of MAIL and RCPT but
    # SIZE, AUTH and SMTPUTF8, no CHUNKING, no pipelining.
    Client(
        name="curl",
        deliver=curl.deliver,
        mechanisms=("PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2", "OAUTHBEARER", "EXTERNAL"),
        last_resort=("XOAUTH2",),
        can=frozenset({"names", "unix", "smtputf8"}),
        need=partial(need, "curl"),
    ),
    # What it has beyond these we do not offer: CRAM-SHA1, DIGEST-MD5, NTLM. No parameters of MAIL and RCPT.
    # Of the certificate it checks who signed it, not for whom. It pipelines when told to.
    Client(
        name="swaks",
        deliver=swaks.deliver,
        mechanisms=("PLAIN", "LOGIN", "CRAM-MD5"),
        can=frozenset({"unix", "lmtp", "lmtp-many"}),
        need=partial(need, "swaks", "perl"),
    ),
    # No ANONYMOUS. It pipelines. No 8BITMIME, no SMTPUTF8, no CHUNKING; of DSN neither ENVID nor ORCPT. It
    # looks at the certificate when the handshake is over, and goes away without a word.
    Client(
        name="msmtp",
        deliver=msmtp.deliver,
        mechanisms=(
            "PLAIN",
            "LOGIN",
            "CRAM-MD5",
            "SCRAM-SHA-1",
            "SCRAM-SHA-256",
            "XOAUTH2",
            "OAUTHBEARER",
            "EXTERNAL",
        ),
        can=frozenset({"names", "unix", "lmtp", "lmtp-many"}),
        dsn=("RET", "NOTIFY"),
        changes=msmtp.without_bcc,
        distrust=SILENT,
        need=partial(need, "msmtp"),
    ),
    # Its mechanisms are Authen::SASL's; Debian 12's has no SCRAM, XOAUTH2 and OAUTHBEARER. No LMTP, no UNIX
    # sockets, no SMTPUTF8, no pipelining. The only one of all with CHUNKING.
    Client(
        name="Net::SMTP",
        deliver=net_smtp.deliver,
        mechanisms=("PLAIN", "LOGIN", "CRAM-MD5", "ANONYMOUS", "EXTERNAL"),
        can=frozenset({"names", "8bitmime", "chunking"}),
        dsn=ALL_DSN,
        need=net_smtp.need_perl,
    ),
    # Other mechanisms are the caller's own code. No CHUNKING; it pipelines. A UNIX socket is a connection
    # that the caller made. It says no QUIT when a mail is sent. When it does not trust, it cuts the
    # connection.
    Client(
        name="Nodemailer",
        deliver=nodemailer.deliver,
        mechanisms=("PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2"),
        can=frozenset({"names", "unix", "lmtp", "lmtp-many", "8bitmime", "smtputf8", "requiretls"}),
        dsn=ALL_DSN,
        end="The client closed the connection without QUIT.",
        distrust=SILENT,
        need=nodemailer.need_node,
    ),
)
# Every client with every mechanism that it has.
MECHANISMS = tuple((client, mechanism) for client in CLIENTS for mechanism in client.mechanisms)


def client(name: str) -> Client:
    return next(client for client in CLIENTS if client.name == name)


def clients_that(can: str) -> tuple[Client, ...]:
    return tuple(client for client in CLIENTS if can in client.can)

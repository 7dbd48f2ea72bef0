"""Profiles of real providers: what they offer, ask for, limit, and how they typically refuse.

A profile is a policy for a listener and rules for a plan; the public documentation it follows is named.
The rules are off until they are switched on, since a provider refuses only sometimes.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace
from typing import Literal

from .errors import ConfigError
from .fault_words import Stage
from .faults import Fault, Rule
from .model import Reply
from .patterns import escape
from .policy import Credentials, Policy

__all__ = ["PROVIDERS", "Provider", "ProviderName", "provider"]

ProviderName = Literal["gmail", "microsoft365", "ses", "gateway"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A provider: *policy* and *tls* for its listener, *rules* for its refusals, *source* for both.

    *port* is where the command line listens as this provider when nobody says where.
    """

    name: str
    source: str
    port: int
    policy: Policy
    tls: str
    rules: tuple[Rule, ...]

    def rules_at(self, listener: str, taken: Container[str]) -> tuple[Rule, ...]:
        """The rules for the listener at that address; ids that are *taken* get a number, ``-2`` and so on."""
        number = 1
        while any(_numbered(rule.id, number) in taken for rule in self.rules):
            number += 1
        return tuple(
            replace(rule, id=_numbered(rule.id, number), listener=escape(listener)) for rule in self.rules
        )


def _numbered(rule_id: str, number: int) -> str:
    return rule_id if number == 1 else f"{rule_id}-{number}"


def _refusal(name: str, stage: Stage, reply: Reply) -> Rule:
    return Rule(fault=Fault("reply", reply), stage=stage, id=name, note=name, enabled=False)


_GMAIL = Provider(
    name="gmail",
    # smtp.gmail.com:587; sending limits and errors: support.google.com/a/answer/3726730 and /166852.
    source="support.google.com/a/answer/3726730",
    port=1587,
    tls="starttls",
    policy=Policy(
        hostname="smtp.gmail.example",
        extensions=frozenset(
            {
                "SIZE",
                "8BITMIME",
                "STARTTLS",
                "AUTH",
                "ENHANCEDSTATUSCODES",
                "PIPELINING",
                "CHUNKING",
                "SMTPUTF8",
            }
        ),
        mechanisms=("LOGIN", "PLAIN", "XOAUTH2", "OAUTHBEARER"),
        # 35,882,577 octets in EHLO: 25 MB of attachments in base64.
        max_size=35_882_577,
        max_recipients=100,
        require_tls=True,
        require_auth=True,
        credentials=Credentials(anyone=True),
    ),
    rules=(
        _refusal(
            "gmail-unusual-rate",
            "mail",
            Reply(421, "Our system has detected an unusual rate of unsolicited mail", "4.7.0"),
        ),
        _refusal(
            "gmail-too-quickly",
            "rcpt",
            Reply(450, "The user you are trying to contact is receiving mail too quickly", "4.2.1"),
        ),
        _refusal(
            "gmail-over-quota",
            "rcpt",
            Reply(452, "The email account that you tried to reach is over quota", "4.2.2"),
        ),
        _refusal(
            "gmail-no-such-user",
            "rcpt",
            Reply(550, "The email account that you tried to reach does not exist", "5.1.1"),
        ),
        _refusal("gmail-daily-limit", "mail", Reply(550, "Daily user sending limit exceeded", "5.4.5")),
        _refusal("gmail-bad-credentials", "auth", Reply(535, "Username and Password not accepted", "5.7.8")),
    ),
)

_MICROSOFT_365 = Provider(
    name="microsoft365",
    # smtp.office365.com:587. EHLO list as clients log it: SIZE 157286400 PIPELINING DSN ENHANCEDSTATUSCODES
    # STARTTLS 8BITMIME BINARYMIME CHUNKING SMTPUTF8. Errors: learn.microsoft.com, “Email non-delivery reports
    # and SMTP errors in Exchange Online”; 30 messages a minute: “Exchange Online limits”.
    source="learn.microsoft.com/exchange/troubleshoot/email-delivery/ndr/non-delivery-reports-in-exchange-online",
    port=1588,
    tls="starttls",
    policy=Policy(
        hostname="smtp.office365.example",
        extensions=frozenset(
            {
                "SIZE",
                "PIPELINING",
                "DSN",
                "ENHANCEDSTATUSCODES",
                "STARTTLS",
                "AUTH",
                "8BITMIME",
                "BINARYMIME",
                "CHUNKING",
                "SMTPUTF8",
            }
        ),
        mechanisms=("LOGIN", "XOAUTH2"),
        max_size=157_286_400,
        max_recipients=500,
        require_tls=True,
        require_auth=True,
        credentials=Credentials(anyone=True),
    ),
    rules=(
        _refusal(
            "microsoft365-thread-limit",
            "dot",
            Reply(432, "STOREDRV.ClientSubmit; sender thread limit exceeded", "4.3.2"),
        ),
        _refusal(
            "microsoft365-server-busy", "rcpt", Reply(451, "Server busy. Please try again later", "4.7.500")
        ),
        _refusal(
            "microsoft365-recipient-not-found",
            "rcpt",
            Reply(550, "RESOLVER.ADR.RecipientNotFound; recipient not found", "5.1.10"),
        ),
        _refusal(
            "microsoft365-access-denied",
            "rcpt",
            Reply(550, "Recipient address rejected: Access denied", "5.4.1"),
        ),
        _refusal(
            "microsoft365-auth-disabled",
            "auth",
            Reply(
                535,
                "Authentication unsuccessful, SmtpClientAuthentication is disabled for the tenant",
                "5.7.139",
            ),
        ),
        _refusal(
            "microsoft365-daily-limit",
            "dot",
            Reply(550, "Your message can't be sent: the daily limit for recipients is reached", "5.1.90"),
        ),
    ),
)

_SES = Provider(
    name="ses",
    # email-smtp.REGION.amazonaws.com:587; docs.aws.amazon.com/ses/latest/dg: “SMTP response codes returned by
    # Amazon SES”, “Errors related to the sending quotas”, “Service quotas” (40 MB, 50 recipients).
    source="docs.aws.amazon.com/ses/latest/dg/troubleshoot-smtp.html",
    port=1589,
    tls="starttls",
    policy=Policy(
        hostname="email-smtp.amazonaws.example",
        # Its replies carry no enhanced codes.
        extensions=frozenset({"8BITMIME", "SIZE", "STARTTLS", "AUTH"}),
        mechanisms=("PLAIN", "LOGIN"),
        max_size=40 * 1024 * 1024,
        max_recipients=50,
        require_tls=True,
        require_auth=True,
        credentials=Credentials(anyone=True),
    ),
    rules=(
        _refusal("ses-sending-rate", "dot", Reply(454, "Throttling failure: Maximum sending rate exceeded")),
        _refusal("ses-daily-quota", "dot", Reply(454, "Throttling failure: Daily message quota exceeded")),
        _refusal("ses-not-verified", "dot", Reply(554, "Message rejected: Email address is not verified")),
        _refusal("ses-temporary", "dot", Reply(451, "Temporary service failure")),
        _refusal("ses-connections", "connect", Reply(421, "Too many concurrent SMTP connections")),
        _refusal("ses-bad-credentials", "auth", Reply(535, "Authentication Credentials Invalid")),
    ),
)

_GATEWAY = Provider(
    name="gateway",
    # No product: what strict filters in front of company mail do, in the words of the RFCs named.
    source="RFC 5321 §3.3 and §7, RFC 6647, RFC 3463",
    port=1590,
    tls="starttls",
    policy=Policy(
        hostname="gateway.example",
        extensions=frozenset({"SIZE", "8BITMIME", "STARTTLS", "ENHANCEDSTATUSCODES"}),
        max_size=10 * 1024 * 1024,
        max_recipients=20,
        max_errors=3,
        max_connections_per_peer=2,
        idle_timeout=30.0,
        require_tls=True,
    ),
    rules=(
        replace(
            _refusal(
                "gateway-greylisting", "rcpt", Reply(451, "Greylisted, please try again later", "4.7.1")
            ),
            per="triplet",
            times=1,
        ),
        _refusal(
            "gateway-blocked", "connect", Reply(554, "Blocked: your address is on a block list", "5.7.1")
        ),
        _refusal("gateway-policy", "dot", Reply(550, "Message refused by policy", "5.7.1")),
        _refusal("gateway-relay", "rcpt", Reply(550, "Relaying denied", "5.7.1")),
    ),
)

PROVIDERS: dict[str, Provider] = {p.name: p for p in (_GMAIL, _MICROSOFT_365, _SES, _GATEWAY)}


def provider(name: str) -> Provider:
    """The profile of that name. Raises ConfigError naming those that are known."""
    try:
        return PROVIDERS[name]
    except KeyError:
        raise ConfigError(f"provider {name!r} is not known; known are {', '.join(PROVIDERS)}") from None

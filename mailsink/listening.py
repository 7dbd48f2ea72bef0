"""Settings into what a sink is given: addresses, TLS modes, policies and what is kept.

Opens nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .options import PROFILES
from .policy import EXTENSIONS, Credentials, Policy
from .retention import IN_MEMORY, Limits, Retention
from .settings import Settings
from .sockets import Address

__all__ = ["Listening", "listenings", "policy_of", "retention_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """One listener to open: *option* is what asked for it, for error texts.

    *provider* is the profile whose refusals come with it, ``""`` as a rule.
    """

    option: str
    address: Address
    tls: str
    policy: Policy
    provider: str = ""


def policy_of(settings: Settings) -> Policy:
    """What the settings ask of every listener."""
    return Policy(
        hostname=settings.hostname,
        extensions=frozenset(EXTENSIONS) - set(settings.hide),
        xclient=settings.xclient,
        proxy=settings.proxy,
        credentials=Credentials(users=dict(settings.auth), anyone=settings.auth_any),
        require_auth=settings.auth_required,
        # The most particular first: who is refused or discarded by name may be in an accepted domain.
        recipients=settings.rcpt_reject + settings.rcpt_discard + settings.rcpt_accept,
        closed=bool(settings.rcpt_accept),
        max_size=settings.max_size,
        max_recipients=settings.max_recipients,
        max_connections=settings.max_connections,
        max_connections_per_peer=settings.max_connections_per_peer,
        idle_timeout=settings.idle_timeout,
        max_seconds=settings.max_session,
    )


def retention_of(settings: Settings) -> Retention:
    """What the settings ask of the store; where they say nothing, what its kind keeps as a rule."""
    usual = IN_MEMORY.all if settings.store == "memory" else Limits()
    return Retention(
        all=Limits(
            max_messages=usual.max_messages if settings.max_messages is None else settings.max_messages,
            max_bytes=usual.max_bytes if settings.max_bytes is None else settings.max_bytes,
            max_age=settings.max_age,
        )
    )


def listenings(settings: Settings) -> tuple[Listening, ...]:
    """The listeners that the settings ask for, in the order of the options."""
    policy = policy_of(settings)
    offered = settings.starttls or settings.require_tls or settings.tls_cert is not None
    replaced = (settings.profile or settings.provider) and "smtp" not in settings.given
    smtp = () if replaced else settings.smtp
    plain = Listening(
        option="--smtp",
        address=("", 0),
        tls="starttls" if offered else "none",
        policy=replace(policy, require_tls=settings.require_tls),
    )
    smtps = Listening(option="--smtps", address=("", 0), tls="implicit", policy=policy)
    lmtp = Listening(option="--lmtp", address=("", 0), tls="none", policy=replace(policy, lmtp=True))
    return (
        *(replace(plain, address=address) for address in smtp),
        *(replace(smtps, address=address) for address in settings.smtps),
        *(replace(lmtp, address=address) for address in settings.lmtp),
        *(_profile(name, address, policy) for name, address in settings.profile),
        *(_provider(name, address, policy) for name, address in settings.provider),
    )


def _profile(name: str, address: Address, policy: Policy) -> Listening:
    """RFC 6409 (submission), RFC 8314 (TLS from the start), RFC 5321 (relay)."""
    policy = replace(
        policy, require_tls=name == "submission", require_auth=policy.require_auth and name != "relay"
    )
    return Listening(option=f"--profile {name}", address=address, tls=PROFILES[name][1], policy=policy)


def _provider(name: str, address: Address, policy: Policy) -> Listening:
    """As the provider has it, but for whom the settings let in."""
    from .providers import provider

    profile = provider(name)
    own = replace(
        profile.policy,
        credentials=policy.credentials or profile.policy.credentials,
        recipients=policy.recipients,
        closed=policy.closed,
    )
    return Listening(option=f"--provider {name}", address=address, tls=profile.tls, policy=own, provider=name)

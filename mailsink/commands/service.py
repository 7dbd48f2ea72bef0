"""The sink and its web server as settings have them, and the options that say so: for `serve` and `run`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from ..errors import ConfigError, QueryError
from ..listening import listenings, policy_of, retention_of
from ..options import Option
from ..settings import Settings

if TYPE_CHECKING:
    from mailsink_web.server import WebServer

    from ..sink import Sink
    from ..smtp.tls import Certificates
    from ..store import Store
    from ..webhooks import Webhook

__all__ = ["click_option", "sink_of", "web_of"]


def click_option(option: Option) -> click.Option:
    """*option* for a command line."""
    default = ", ".join(option.default) if isinstance(option.default, tuple) else option.default
    notes = [f"env: {option.variable}"]
    if default and not option.is_switch:
        notes.append(f"default: {default}")
    more = " Repeatable." if option.repeatable else ""
    return click.Option(
        [option.flag, option.name],
        metavar=option.metavar or None,
        help=f"{option.help}{more}  [{'; '.join(notes)}]",
        multiple=option.repeatable,
        is_flag=option.is_switch,
        default=None,
    )


@contextlib.contextmanager
def sink_of(settings: Settings, store: Store | None = None) -> Iterator[Sink]:
    """A running sink, over *store* in place of the one that *settings* name.

    Raises ConfigError or StartError.
    """
    from ..fault_text import read_file
    from ..faults import Plan
    from ..providers import provider
    from ..sink import Sink

    wanted = listenings(settings)
    plan = Plan(tuple(rule for file in settings.faults for rule in read_file(file)))
    sink = Sink(
        smtp=(),
        store=settings.store if store is None else store,
        policy=policy_of(settings),
        faults=plan,
        retention=retention_of(settings) if store is None else None,
    )
    if _shares_certificates(settings) or any(listening.tls != "none" for listening in wanted):
        sink.certificates = _certificates(settings)
    with sink:
        for listening in wanted:
            host, port = listening.address
            listener = sink.listen(
                host, port, inbox=None, tls=listening.tls, policy=listening.policy, what=listening.option
            )
            if listening.provider:
                sink.add_refusals(provider(listening.provider), listener)
        yield sink


def _shares_certificates(settings: Settings) -> bool:
    """Whether the pages are served with the certificates of the SMTP listeners."""
    return settings.http_tls and settings.http_tls_cert is None


def _certificates(settings: Settings) -> Certificates:
    from ..smtp.tls import Certificates

    hosts = (name for name in settings.allow_host if name != "*")
    return Certificates(
        cert_file=settings.tls_cert,
        key_file=settings.tls_key,
        client_ca_file=settings.tls_client_ca,
        names=(settings.hostname, *settings.tls_name, *hosts),
        minimum=settings.tls_min,
        maximum=settings.tls_max,
    )


def _web_certificates(sink: Sink, settings: Settings) -> Certificates | None:
    """What the pages are served with, ``None`` for plain HTTP."""
    from ..smtp.tls import Certificates

    if _shares_certificates(settings):
        return sink.certificates
    if settings.http_tls_cert is None:
        return None
    return Certificates(
        cert_file=settings.http_tls_cert,
        key_file=settings.http_tls_key,
        minimum=settings.tls_min,
        maximum=settings.tls_max,
        option="--http-tls-cert",
    )


@contextlib.contextmanager
def web_of(sink: Sink, settings: Settings) -> Iterator[WebServer]:
    """The web server over *sink*. Raises StartError, and ConfigError for a webhook."""
    from mailsink_web.server import serve as serve_web

    host, port = settings.http
    web = serve_web(
        sink,
        host,
        port,
        allowed_hosts=settings.allow_host,
        tokens=settings.token,
        read_tokens=settings.read_token,
        users=[login for logins in settings.http_auth for login in logins],
        origins=settings.cors_origin,
        base_path=settings.base_path,
        proxies=settings.trust_proxy,
        tls=_web_certificates(sink, settings),
        webhooks=_webhooks(settings),
        webhook_hosts=settings.webhook_host,
    )
    try:
        yield web
    finally:
        web.close()


def _webhooks(settings: Settings) -> list[Webhook]:
    if not settings.webhook:
        return []
    from ..query_text import parse
    from ..webhooks import Webhook

    try:
        parse(settings.webhook_query or "")
    except QueryError as error:
        raise ConfigError(f"--webhook-query {settings.webhook_query}: {error}") from None
    return [
        Webhook.of_option(
            url,
            query=settings.webhook_query or "",
            secret=settings.webhook_secret or "",
            format=settings.webhook_format,
        )
        for url in settings.webhook
    ]

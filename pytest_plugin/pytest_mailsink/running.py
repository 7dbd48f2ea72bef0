"""A test's server from its set-up to its tear-down.

Imported when a test asks for a fixture, never at collection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

from mailsink import MailsinkError, RequestError
from mailsink.testing import (
    Mailsink,
    Server,
    ServerSettings,
    certificates_of,
    configure_django,
    is_django_configured,
)

from .options import Options, marked, unknown

if TYPE_CHECKING:
    from typing import Unpack

    from mailsink.testing import RemoteServer

    from .showing import Showing

__all__ = [
    "FAILED",
    "Factory",
    "end",
    "factory",
    "forget",
    "of_test",
    "shared_by_test",
    "start",
    "used",
]

FAILED = pytest.StashKey[bool]()
_OPENED = pytest.StashKey[list[Mailsink]]()
_SHOWING = pytest.StashKey["Showing"]()
# What only a server of one's own can do.
_OWN = ("auth", "tls", "tls_cert", "tls_key", "max_size", "hide")


def start(config: pytest.Config, options: Options) -> Server | RemoteServer:
    """The server of a run. `end` it."""
    server = _server(options)
    server.on_pause = lambda mailsink: _showing(config, server, options).pause(mailsink)
    if options.ui:
        config.pluginmanager.register(_showing(config, server, options), "mailsink-showing")
    return server


def end(config: pytest.Config, server: Server | RemoteServer, options: Options) -> list[str]:
    """Close the server of a run that is over, and return who sent too late.

    Where its page is to stay open, it is closed when the run has said everything.
    """
    try:
        return [str(late) for late in server.late()]
    except RequestError as error:
        return [f"late mail is not known: {error}"]
    finally:
        if options.ui:
            config.add_cleanup(lambda: _close(config, server))
        else:
            _close(config, server)


def _server(options: Options) -> Server | RemoteServer:
    if not options.url:
        server = Server()
        if options.tls_cert:
            with _failing_in_a_sentence():
                server.certificates = certificates_of(
                    options.tls_cert, options.tls_key or None, option="mailsink_tls_cert"
                )
        server.start()
        return server
    from mailsink.testing import RemoteServer

    with _failing_in_a_sentence():
        remote = RemoteServer(options.url)
        try:
            return remote.start()
        except BaseException:
            remote.close()
            raise


@contextmanager
def _failing_in_a_sentence(beginning: str = "") -> Iterator[None]:
    """Fail the test for what one sentence tells; *beginning* is whose setting it is."""
    try:
        yield
    except RequestError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    except MailsinkError as error:
        raise pytest.fail.Exception(f"{beginning}{error}", pytrace=False) from None


def _showing(config: pytest.Config, server: Server | RemoteServer, options: Options) -> Showing:
    if hasattr(config, "workerinput"):
        raise RuntimeError(
            "pause() waits for Enter, and a worker of pytest-xdist has no terminal: run this test without -n"
        )
    if _SHOWING not in config.stash:
        from .showing import Showing

        config.stash[_SHOWING] = Showing(config, server, always=options.ui)
    return config.stash[_SHOWING]


def _close(config: pytest.Config, server: Server | RemoteServer) -> None:
    if _SHOWING in config.stash:
        config.stash[_SHOWING].close()
    with suppress(RequestError):
        server.close()


@contextmanager
def of_test(
    server: Server | RemoteServer, node: pytest.Item, monkeypatch: pytest.MonkeyPatch, options: Options
) -> Iterator[Mailsink]:
    """The server of the test that requests it, as its markers want it."""
    words = marked(node)
    settings = {word: words[word] for word in _OWN if word in words}
    settings["settle"] = options.settle

    def open_one(timeout: float) -> Mailsink:
        with _failing_in_a_sentence("@pytest.mark.mailsink: "):
            return server.open(node.nodeid, timeout=timeout, **settings)

    with _running(open_one, node, monkeypatch, options, words) as mailsink:
        yield mailsink


@contextmanager
def shared_by_test(
    server: Server | RemoteServer, node: pytest.Item, monkeypatch: pytest.MonkeyPatch, options: Options
) -> Iterator[Mailsink]:
    """The part of the session's one port that is of the test that requests it."""
    words = marked(node)
    for word in _OWN:
        if word in words:
            pytest.fail(
                f"@pytest.mark.mailsink({word}={words[word]!r}): mailsink_shared is one server for all tests;"
                " use the fixture mailsink",
                pytrace=False,
            )
    with _running(
        lambda timeout: server.share(node.nodeid, timeout=timeout, settle=options.settle),
        node,
        monkeypatch,
        options,
        words,
    ) as mailsink:
        yield mailsink


class Factory:
    """Opens more servers for one test: ``mailsink_factory("backup", tls="implicit")``."""

    def __init__(
        self,
        server: Server | RemoteServer,
        node: pytest.Item,
        monkeypatch: pytest.MonkeyPatch,
        options: Options,
    ) -> None:
        self._server = server
        self._node = node
        self._on_change = _undone_by(monkeypatch)
        self._options = options
        self.opened: list[Mailsink] = []

    def __call__(self, name: str = "", **settings: Unpack[ServerSettings]) -> Mailsink:
        """One more server, closed when the test ends. *settings* are those of `Server.open`."""
        known = ServerSettings.__annotations__
        for word, value in settings.items():
            if word not in known:
                raise TypeError(f"mailsink_factory({word}={value!r}): {unknown(word, known)}")
        settings.setdefault("timeout", marked(self._node).get("timeout", self._options.timeout))
        settings.setdefault("settle", self._options.settle)
        mailsink = self._server.open(f"{self._node.nodeid} {name}".rstrip(), **settings)
        mailsink.on_change = self._on_change
        self.opened.append(mailsink)
        _opened(self._node).append(mailsink)
        return mailsink


@contextmanager
def factory(
    server: Server | RemoteServer, node: pytest.Item, monkeypatch: pytest.MonkeyPatch, options: Options
) -> Iterator[Factory]:
    """A factory whose servers are closed at the end."""
    made = Factory(server, node, monkeypatch, options)
    try:
        yield made
    finally:
        for mailsink in made.opened:
            with _failing_in_a_sentence():
                finish(mailsink, node, options)
                mailsink.close()


def forget(node: pytest.Item) -> None:
    """Forget how the test went and what it had opened."""
    node.stash[FAILED] = False
    node.stash[_OPENED] = []


class _Undoing(dict[str, Callable[[], None]]):
    """Calls what is taken out of it."""

    def __delitem__(self, name: str) -> None:
        self.pop(name)()


def _undone_by(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Has *monkeypatch* undo changes among its own, in order: both may have changed the same variable."""
    return lambda undo: monkeypatch.setitem(_Undoing(), "undo", undo)


def _opened(node: pytest.Item) -> list[Mailsink]:
    return node.stash.setdefault(_OPENED, [])


def used(node: pytest.Item) -> list[Mailsink]:
    """The servers that a test has: its own, and those of wider fixtures that it asks for."""
    values: dict[str, Any] = getattr(node, "funcargs", {})
    servers = [*_opened(node), *(value for value in values.values() if isinstance(value, Mailsink))]
    return list({id(server): server for server in servers}.values())


@contextmanager
def _running(
    open_one: Callable[[float], Mailsink],
    node: pytest.Item,
    monkeypatch: pytest.MonkeyPatch,
    options: Options,
    words: dict[str, Any],
) -> Iterator[Mailsink]:
    mailsink = open_one(words.get("timeout", options.timeout))
    mailsink.on_change = _undone_by(monkeypatch)
    _opened(node).append(mailsink)
    with _failing_in_a_sentence(), mailsink:
        if words.get("trust"):
            mailsink.trust()
        if words.get("django", options.django == "auto") and is_django_configured():
            mailsink.on_close(configure_django(mailsink.place))
        yield mailsink
        failed = node.stash.get(FAILED, False)
        problem = finish(mailsink, node, options) if failed else finish(mailsink, node, options, words)
    if problem:
        pytest.fail(problem, pytrace=False)


def finish(
    mailsink: Mailsink, node: pytest.Item, options: Options, words: dict[str, Any] | None = None
) -> str:
    """Wait for what is being sent, write the files; return what is to fail the test by *words*."""
    mailsink.drain(options.drain)
    mailsink.restore()
    failed = node.stash.get(FAILED, False)
    if failed and _SHOWING in node.config.stash:
        node.config.stash[_SHOWING].keep(mailsink)
    if options.save == "all" or (options.save == "failed" and failed):
        from .report import save

        path = save(mailsink, options.directory, options.written)
        node.user_properties.append(("mailsink.artifacts", str(path)))
    if not words:
        return ""
    from .report import misses

    return misses(mailsink, words)

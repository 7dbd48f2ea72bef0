"""Certificates and TLS contexts: from files, or from a test CA made on demand; for HTTP too.

Knows nothing of SMTP. Imports trustme when a test CA is wanted and not before.
"""

from __future__ import annotations

import datetime as dt
import re
import ssl
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..clock import now
from ..errors import ConfigError, StartError
from ..model import Tls

__all__ = ["VERSIONS", "Certificates", "bundle", "describe"]

VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----\r?\n.*?-----END CERTIFICATE-----\r?\n?", re.DOTALL)
_NAMES = ("localhost", "127.0.0.1", "::1")


@dataclass(kw_only=True, eq=False)
class Certificates:
    """The server's certificate, as files or out of a test CA of this object's own.

    *cert_file* and *key_file* are PEM files; the key may stand in the certificate's file. Without them a test
    CA (ECDSA) signs a certificate for localhost, 127.0.0.1, ::1 and *names* when it is first asked for.
    *client_ca_file* is whom client certificates are checked against; one is asked for and never required.
    *minimum* and *maximum* are TLS versions: ``"1.2"``. *option* is what named *cert_file*, for error texts.
    """

    cert_file: str | None = None
    key_file: str | None = None
    client_ca_file: str | None = None
    names: Sequence[str] = ()
    minimum: str = "1.2"
    maximum: str = "1.3"
    option: str = "--tls-cert"
    _context: ssl.SSLContext | None = field(default=None, init=False, repr=False)
    _authority: Any = field(default=None, init=False, repr=False)
    _directory: Any = field(default=None, init=False, repr=False)
    _troubles: dict[str, ssl.SSLContext] = field(default_factory=dict, init=False, repr=False)

    @property
    def is_test_ca(self) -> bool:
        return self.cert_file is None

    def context(self) -> ssl.SSLContext:
        """The server's TLS context; made once. Raises ConfigError or StartError naming the file."""
        if self._context is None:
            self._context = self._make_context()
        return self._context

    def for_http(self) -> ssl.SSLContext:
        """A TLS context for browsers, which is asked for no client certificate. Raises as `context` does."""
        context = self._with_certificate()
        context.set_alpn_protocols(["http/1.1"])
        return context

    def trouble(self, kind: str) -> ssl.SSLContext:
        """A TLS context that makes a careful client refuse; made once for each *kind*.

        ``"expired"``, ``"wrong_host"`` and ``"unknown_ca"`` are what is wrong with the certificate;
        ``"old_version"`` speaks nothing newer than TLS 1.1. Next to a certificate out of files, which the
        test CA did not sign, clients see an unknown CA each time. Raises StartError without trustme.
        """
        if kind not in self._troubles:
            self._troubles[kind] = self._make_trouble(kind)
        return self._troubles[kind]

    def ca_pem(self) -> bytes:
        """The test CA's certificate in PEM, for clients to trust; else the certificates out of the file.

        Never a key, which may stand in the same file.
        """
        if self.cert_file is not None:
            return b"".join(_CERTIFICATE.findall(Path(self.cert_file).read_bytes()))
        self.context()
        pem: bytes = self._authority.cert_pem.bytes()
        return pem

    def ca_file(self) -> Path:
        """A PEM file with `ca_pem`, gone when `close` is called."""
        if self._directory is None:
            self._directory = tempfile.TemporaryDirectory(prefix="mailsink-")
            (Path(self._directory.name) / "ca.pem").write_bytes(self.ca_pem())
        return Path(self._directory.name) / "ca.pem"

    def bundle_file(self) -> Path:
        """A PEM file of the system's CAs and the test CA, gone when `close` is called."""
        file = self.ca_file().with_name("bundle.pem")
        if not file.exists():
            file.write_bytes(bundle(self.ca_pem()))
        return file

    def issue(self, *names: str, directory: Path) -> tuple[Path, Path]:
        """A client certificate for *names* out of the test CA: certificate and key files in *directory*."""
        self.context()
        issued = self._authority.issue_cert(*names, common_name=names[0])
        cert, key = directory / "client.pem", directory / "client.key"
        for pem in issued.cert_chain_pems:
            pem.write_to_path(str(cert), append=cert.exists())
        issued.private_key_pem.write_to_path(str(key))
        return cert, key

    def close(self) -> None:
        """Remove the file that `ca_file` made."""
        if self._directory is not None:
            self._directory.cleanup()
            self._directory = None

    def _with_certificate(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._limit(context)
        if self.cert_file is not None:
            self._load_files(context)
        else:
            self._load_test_ca(context)
        return context

    def _make_context(self) -> ssl.SSLContext:
        context = self._with_certificate()
        if self.client_ca_file is not None:
            self._load_client_ca(context)
        elif self.cert_file is None:
            self._authority.configure_trust(context)
            context.verify_mode = ssl.CERT_OPTIONAL
        context.sni_callback = _remember_server_name
        return context

    def _limit(self, context: ssl.SSLContext) -> None:
        with warnings.catch_warnings():
            # Who asks for an old version knows that it is old.
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = VERSIONS[self.minimum]
            context.maximum_version = VERSIONS[self.maximum]
        if self.minimum < "1.2":
            # Debian's OpenSSL refuses what old clients can do, unless told otherwise.
            context.set_ciphers("DEFAULT@SECLEVEL=0")

    def _make_trouble(self, kind: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.sni_callback = _remember_server_name
        if kind == "old_version":
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                context.minimum_version, context.maximum_version = VERSIONS["1.0"], VERSIONS["1.1"]
            context.set_ciphers("DEFAULT@SECLEVEL=0")
            context.sslobject_class = _Alerting
        if self._authority is None:
            self.context()
        authority = _test_ca() if kind == "unknown_ca" or self._authority is None else self._authority
        names = ("wrong-host.example",) if kind == "wrong_host" else (*_NAMES, *self.names)
        yesterday = now() - dt.timedelta(days=1)
        lifetime = {"not_before": yesterday - dt.timedelta(days=1), "not_after": yesterday}
        issued = authority.issue_cert(*names, **(lifetime if kind == "expired" else {}))
        issued.configure_cert(context)
        return context

    def _load_files(self, context: ssl.SSLContext) -> None:
        assert self.cert_file is not None
        cert = self._read(self.option, self.cert_file)
        key = cert if self.key_file is None else self._read(self._key_option, self.key_file)
        try:
            # A password is not asked for: nobody may be there to type it.
            context.load_cert_chain(self.cert_file, self.key_file, password="")
        except ssl.SSLError as error:
            why = _why_not(error, cert, key, self.key_file or "it")
            raise ConfigError(
                f"{self.option} {self.cert_file}: {why}; name a PEM certificate and, by {self._key_option}, "
                "its key"
            ) from None

    @property
    def _key_option(self) -> str:
        return self.option.replace("cert", "key")

    def _read(self, option: str, file: str) -> bytes:
        try:
            return Path(file).read_bytes()
        except OSError as error:
            raise ConfigError(f"{option} {file}: {error.strerror}; name PEM files that can be read") from None

    def _load_test_ca(self, context: ssl.SSLContext) -> None:
        if self._authority is None:
            self._authority = _test_ca()
        self._authority.issue_cert(*_NAMES, *self.names).configure_cert(context)

    def _load_client_ca(self, context: ssl.SSLContext) -> None:
        try:
            context.load_verify_locations(self.client_ca_file)
        except OSError as error:
            why = getattr(error, "reason", None) or error.strerror
            raise ConfigError(
                f"--tls-client-ca {self.client_ca_file}: {why}; name a PEM file of CA certificates"
            ) from None
        context.verify_mode = ssl.CERT_OPTIONAL


class _Alerting(ssl.SSLObject):
    """Tells the client what is wrong with its hello: asyncio drops the alert when the handshake raises."""

    def do_handshake(self) -> None:
        try:
            super().do_handshake()
        except ssl.SSLWantReadError:
            raise
        except ssl.SSLError:
            # What is to be sent goes out now; the client ends the connection when it has read it.
            raise ssl.SSLWantReadError from None


def _why_not(error: ssl.SSLError, cert: bytes, key: bytes, key_file: str) -> str:
    """What is wrong with a certificate and its key, which OpenSSL mostly calls "PEM lib"."""
    if not _CERTIFICATE.search(cert):
        return "there is no certificate in it"
    if b"PRIVATE KEY-----" not in key:
        return f"there is no private key in {key_file}"
    if b"ENCRYPTED" in key:
        return f"the key in {key_file} needs a password; write it without one by openssl pkey"
    if error.reason == "KEY_VALUES_MISMATCH":
        return f"the key in {key_file} belongs to another certificate"
    return f"OpenSSL cannot read it ({error.reason or error})"


def _test_ca() -> Any:
    try:
        import trustme
    except ImportError:
        raise StartError(
            "a test CA needs the package trustme; install mailsink with its extra tls, or give a certificate "
            "and a key of your own"
        ) from None
    return trustme.CA(organization_name="mailsink", organization_unit_name="test CA")


def _remember_server_name(
    tls: ssl.SSLObject | ssl.SSLSocket,
    name: str | None,
    context: ssl.SSLContext,  # noqa: ARG001
) -> None:
    tls.mailsink_server_name = name or ""  # type: ignore[union-attr]


def describe(tls: ssl.SSLObject, mode: str) -> Tls:
    """What was negotiated."""
    cipher = tls.cipher()
    return Tls(
        mode=mode,
        version=tls.version() or "",
        cipher=cipher[0] if cipher else "",
        server_name=getattr(tls, "mailsink_server_name", ""),
        client_certificate=_subject(tls),
    )


def _subject(tls: ssl.SSLObject) -> str:
    """The client certificate's common name, else its first subject field, else its first alternative name."""
    certificate: Any = tls.getpeercert() or {}
    fields = {name: value for group in certificate.get("subject", ()) for name, value in group}
    alternatives = [value for _, value in certificate.get("subjectAltName", ())]
    return str(next(iter([*filter(None, [fields.get("commonName")]), *alternatives, *fields.values()]), ""))


def bundle(ca_pem: bytes) -> bytes:
    """The certificates of the CAs that this process trusts, wherever they lie, and *ca_pem*."""
    system = ssl.create_default_context().get_ca_certs(binary_form=True)
    return "".join(map(ssl.DER_cert_to_PEM_cert, system)).encode() + ca_pem

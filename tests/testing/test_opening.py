from __future__ import annotations

import smtplib
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
import trustme

from mailsink.errors import ConfigError
from mailsink.testing import serve

TLS = "name a PEM certificate and, by tls_key, its key"


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"timeout": "5"}, "timeout='5': must be a number of seconds from 0 on"),
        ({"timeout": -1}, "timeout=-1: must be a number of seconds from 0 on"),
        ({"settle": float("nan")}, "settle=nan: must be a number of seconds from 0 on"),
        ({"tls": "ssl"}, """tls='ssl': must be "none", "starttls", "implicit" or "required\""""),
        ({"auth": "shop"}, """auth='shop': must be ("user", "password"), "required", "any" or None"""),
        ({"auth": ("shop",)}, """auth=('shop',): must be ("user", "password"), "required", "any" or None"""),
        ({"tls_cert": 17}, "tls_cert=17: must be the path of a PEM file"),
        ({"tls_key": b"k"}, "tls_key=b'k': must be the path of a PEM file"),
        ({"tls_key": "a.key"}, "tls_key='a.key': there is no certificate for it; give tls_cert, too"),
        ({"max_size": "1k"}, "max_size='1k': must be a number of octets above 0"),
        ({"hide": "8bitmime"}, "hide='8bitmime': must be a tuple of extensions, such as (\"8bitmime\",)"),
        ({"hide": (8,)}, 'hide=(8,): must be a tuple of extensions, such as ("8bitmime",)'),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_setting_is_told(server, settings, text):
    with pytest.raises(ConfigError) as caught:
        server.open("wrong", **settings)

    assert str(caught.value) == text


def test_an_extension_that_is_none_is_refused(server):
    with pytest.raises(
        ConfigError, match=r"^hide=8BIT: not a known extension; known are PIPELINING, SIZE, 8BITMIME"
    ):
        server.open("wrong", hide=("8bit",))


# --- a certificate of one's own


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Path:
    """Of a company's CA: shop.pem with the CA behind the certificate, its key, both in one, and others."""
    directory = tmp_path_factory.mktemp("files")
    authority = trustme.CA(organization_name="Example")
    shop, other = (authority.issue_cert("127.0.0.1", "localhost") for _ in range(2))
    for pem in (*shop.cert_chain_pems, authority.cert_pem):
        pem.write_to_path(directory / "shop.pem", append=True)
    shop.private_key_pem.write_to_path(directory / "shop.key")
    shop.private_key_and_cert_chain_pem.write_to_path(directory / "both.pem")
    other.private_key_pem.write_to_path(directory / "other.key")
    (directory / "hello.pem").write_text("hello")
    return directory


def starttls(mailsink, **words) -> bytes:
    """Send by STARTTLS as an application that knows *words*; the certificate that the server showed."""
    with smtplib.SMTP(mailsink.host, mailsink.port, timeout=10) as client:
        client.starttls(context=ssl.create_default_context(**words))
        shown = client.sock.getpeercert(binary_form=True)
        client.sendmail("shop@example.org", ["ada@example.org"], "Subject: Hello")
    return shown


def own(file: Path) -> bytes:
    pem = file.read_text()
    begin, end = pem.index("-----BEGIN CERTIFICATE"), pem.index("END CERTIFICATE-----")
    return ssl.PEM_cert_to_DER_cert(f"{pem[begin:end]}END CERTIFICATE-----\n")


def test_a_certificate_of_one_s_own_is_shown_and_trusted(server, files, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with server.open("own", tls_cert=files / "shop.pem", tls_key=str(files / "shop.key")) as mailsink:
        shown = starttls(mailsink, cafile=mailsink.ca_file)
        with pytest.raises(ssl.SSLCertVerificationError):
            starttls(mailsink)
        mailsink.trust()
        starttls(mailsink)

        assert shown == own(files / "shop.pem")
        assert [mail.tls.mode for mail in mailsink.expect(count=2)] == ["starttls", "starttls"]


def test_the_key_may_stand_in_the_same_file_and_never_leaves_it(server, files):
    with server.open("own", tls="implicit", tls_cert=files / "both.pem") as mailsink:
        shown = ssl.get_server_certificate((mailsink.host, mailsink.port))

        assert ssl.PEM_cert_to_DER_cert(shown) == own(files / "both.pem")
        assert "PRIVATE KEY" not in mailsink.ca_file.read_text()
        assert "PRIVATE KEY" not in Path(mailsink.env["SSL_CERT_FILE"]).read_text()


def test_it_is_that_of_the_tls_port_and_after_the_server_was_down(server, files):
    with server.open("own", tls_cert=files / "both.pem") as mailsink:
        with mailsink.down():
            pass
        at_once = ssl.get_server_certificate((mailsink.host, mailsink.tls_port))
        later = starttls(mailsink, cafile=files / "shop.pem")

    assert ssl.PEM_cert_to_DER_cert(at_once) == later == own(files / "both.pem")


def test_a_subprocess_trusts_it(files):
    code = (
        "import os, smtplib, ssl\n"
        "client = smtplib.SMTP(os.environ['SMTP_HOST'], int(os.environ['SMTP_PORT']))\n"
        "client.starttls(context=ssl.create_default_context())\n"
        "client.sendmail('shop@example.org', ['ada@example.org'], 'Subject: Hello')\n"
        "client.quit()\n"
    )
    with serve(tls="required", tls_cert=files / "shop.pem", tls_key=files / "shop.key") as mailsink:
        subprocess.run([sys.executable, "-c", code], env=mailsink.env, check=True)

        mailsink.expect(tls="starttls")


def test_other_servers_of_the_run_keep_the_test_ca(server, files):
    with server.open("own", tls_cert=files / "both.pem"), server.open("other", tls="starttls") as other:
        starttls(other, cafile=other.ca_file)

        assert other.ca_file == server.certificates.ca_file()


@pytest.mark.parametrize(
    ("cert", "key", "text"),
    [
        ("no.pem", None, "tls_cert {0}/no.pem: No such file or directory; name PEM files that can be read"),
        (
            "shop.pem",
            "no.key",
            "tls_key {0}/no.key: No such file or directory; name PEM files that can be read",
        ),
        ("hello.pem", None, "tls_cert {0}/hello.pem: there is no certificate in it; {1}"),
        ("shop.pem", None, "tls_cert {0}/shop.pem: there is no private key in it; {1}"),
        ("shop.pem", "hello.pem", "tls_cert {0}/shop.pem: there is no private key in {0}/hello.pem; {1}"),
        (
            "shop.pem",
            "other.key",
            "tls_cert {0}/shop.pem: the key in {0}/other.key belongs to another certificate; {1}",
        ),
    ],
    ids=lambda value: value if value is None or len(value) < 12 else "",
)
def test_files_that_are_no_certificate_and_its_key_are_told(server, files, cert, key, text):
    with pytest.raises(ConfigError) as caught:
        server.open("wrong", tls_cert=files / cert, tls_key=None if key is None else files / key)

    assert str(caught.value) == text.format(files, TLS)

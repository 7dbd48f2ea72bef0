from __future__ import annotations

import ipaddress

import pytest

from mailsink_web.proxied import Proxied, is_among

NEAR, FAR, CLIENT = "127.0.0.1", "10.0.0.7", "192.0.2.60"
TRUSTED = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("10.0.0.0/8"))


def seen(path="/", *, peer=NEAR, base="", trusted=TRUSTED, **fields):
    """What the app is told of a request with *fields*, or the answer where it is told nothing."""
    told = {}

    def app(environ, start_response):
        told.update(environ)
        return []

    def start(status, headers):
        told["status"] = status

    environ = {"PATH_INFO": path, "REMOTE_ADDR": peer, "HTTP_HOST": "localhost", "wsgi.url_scheme": "http"}
    environ |= {f"HTTP_{name.upper()}": value for name, value in fields.items()}
    body = Proxied(app, base, trusted)(environ, start)
    if "status" in told:
        return told["status"], b"".join(body).decode()
    names = ("REMOTE_ADDR", "wsgi.url_scheme", "HTTP_HOST", "SCRIPT_NAME", "PATH_INFO")
    return tuple(told[name] for name in names)


PLAIN = (NEAR, "http", "localhost", "", "/")
SAID = (CLIENT, "https", "mail.example.org", "", "/")


@pytest.mark.parametrize(
    "fields",
    [
        {"x_forwarded_for": CLIENT, "x_forwarded_proto": "https", "x_forwarded_host": "mail.example.org"},
        {"forwarded": f"for={CLIENT};proto=https;host=mail.example.org"},
        {"forwarded": f'For="{CLIENT}:4711" ; Proto=HTTPS;by=_x;host="mail.example.org"'},
        {
            "forwarded": f"for={CLIENT};proto=https;host=mail.example.org",
            "x_forwarded_for": f"{CLIENT}:4711",
            "x_forwarded_proto": "https",
        },
    ],
)
def test_a_trusted_proxy_is_believed(fields):
    assert seen(**fields) == SAID


@pytest.mark.parametrize(
    "words", [{"peer": "192.0.2.1"}, {"trusted": ()}, {"peer": ""}, {"peer": "unix"}, {"peer": "::1"}]
)
def test_nobody_else_is(words):
    told = seen(**words, x_forwarded_for=CLIENT, x_forwarded_proto="https", x_forwarded_prefix="/x")

    assert told == (words.get("peer", NEAR), "http", "localhost", "", "/")


@pytest.mark.parametrize(
    ("chain", "who"),
    [
        (f"{CLIENT}, {FAR}", CLIENT),
        (f"203.0.113.9, {CLIENT}, {FAR}", CLIENT),
        (FAR, FAR),
        (f"{CLIENT}, unknown", NEAR),
        (f"{CLIENT}, unknown, {FAR}", FAR),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("_hidden", NEAR),
        ("", NEAR),
        (", ,", NEAR),
    ],
)
def test_a_chain_is_believed_from_its_end_as_far_as_it_is_trusted(chain, who):
    assert seen(x_forwarded_for=chain)[0] == who


def test_of_several_proxies_the_outermost_trusted_one_says_how_it_was_asked():
    told = seen(
        x_forwarded_for=f"203.0.113.9, {CLIENT}, {FAR}",
        x_forwarded_proto="http, https, http",
        x_forwarded_host="evil.example, mail.example.org, inner",
    )

    assert told == SAID


@pytest.mark.parametrize(
    ("host", "port", "proto", "whole"),
    [
        ("mail.example.org", "8443", "https", "mail.example.org:8443"),
        ("mail.example.org", "443", "https", "mail.example.org"),
        ("mail.example.org", "80", "http", "mail.example.org"),
        ("mail.example.org:1", "8443", "https", "mail.example.org:1"),
        ("[2001:db8::1]", "8443", "https", "[2001:db8::1]:8443"),
        ("mail.example.org", "x", "https", "mail.example.org"),
    ],
)
def test_the_port_comes_with_the_host_or_beside_it(host, port, proto, whole):
    assert seen(x_forwarded_host=host, x_forwarded_port=port, x_forwarded_proto=proto)[2] == whole


def test_a_scheme_that_is_none_is_passed_over():
    assert seen(x_forwarded_proto="gopher") == PLAIN


@pytest.mark.parametrize(
    ("base", "path", "prefix", "places"),
    [
        ("", "/a", "", ("", "/a")),
        ("/mail", "/mail/a", "", ("/mail", "/a")),
        ("/mail", "/mail", "", ("/mail", "/")),
        ("/mail", "/a", "", ("/mail", "/a")),
        ("/mail", "/mailpit/a", "", ("/mail", "/mailpit/a")),
        ("", "/a", "/mail", ("/mail", "/a")),
        ("", "/mail/a", "/mail/", ("/mail", "/a")),
        ("/mail", "/mail/a", "/mail", ("/mail", "/a")),
        ("/mail", "/mail/a", "/tools", ("/tools/mail", "/a")),
    ],
)
def test_a_path_before_ours_is_taken_off_and_remembered(base, path, prefix, places):
    assert seen(path, base=base, x_forwarded_prefix=prefix)[3:] == places


@pytest.mark.parametrize(
    "prefix", ["//evil.example", "/a b", "mail", '/"><script>', "/a/../b", "javascript:"]
)
def test_a_prefix_that_is_no_path_is_refused(prefix):
    assert seen(x_forwarded_prefix=prefix) == (
        "400 Bad Request",
        "X-Forwarded-Prefix is no path such as /mail; see what the proxy sets\n",
    )


def test_fields_that_contradict_each_other_are_refused():
    assert seen(forwarded=f"for={CLIENT}", x_forwarded_for="203.0.113.9") == (
        "400 Bad Request",
        "Forwarded and X-Forwarded-For contradict each other; let the proxy set one and remove the other\n",
    )


@pytest.mark.parametrize("field", ["for", 'for="', "for=a b", "=", ";;", 'for="a"b', "\x00"])
def test_a_field_that_cannot_be_read_is_refused(field):
    assert seen(forwarded=field) == (
        "400 Bad Request",
        "Forwarded cannot be read; see RFC 7239, or let the proxy set X-Forwarded-For\n",
    )


def test_an_address_is_known_in_either_family():
    assert is_among("::ffff:10.0.0.1", TRUSTED)
    assert is_among("fe80::1%eth0", [ipaddress.ip_network("fe80::/10")])
    assert not is_among("mail.example.org", TRUSTED)

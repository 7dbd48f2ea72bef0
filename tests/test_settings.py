from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from mailsink.errors import ConfigError
from mailsink.model import Reply
from mailsink.options import OPTIONS
from mailsink.passwords import Login, digest
from mailsink.policy import RecipientRule
from mailsink.settings import Settings, resolve

DEFAULTS = Settings(
    smtp=(("127.0.0.1", 1025),),
    smtps=(),
    lmtp=(),
    profile=(),
    provider=(),
    http=("127.0.0.1", 8025),
    http_tls=False,
    http_tls_cert=None,
    http_tls_key=None,
    store="memory",
    starttls=False,
    require_tls=False,
    tls_cert=None,
    tls_key=None,
    tls_client_ca=None,
    tls_name=(),
    tls_min="1.2",
    tls_max="1.3",
    auth=(),
    auth_any=False,
    auth_required=False,
    rcpt_accept=(),
    rcpt_reject=(),
    rcpt_discard=(),
    faults=(),
    hide=(),
    xclient=False,
    proxy=False,
    max_messages=None,
    max_bytes=None,
    max_age=0.0,
    max_size=100 * 1024 * 1024,
    max_recipients=10_000,
    max_connections=10_000,
    max_connections_per_peer=0,
    idle_timeout=300.0,
    max_session=0.0,
    hostname="mailsink",
    allow_host=(),
    base_path="",
    trust_proxy=(),
    token=(),
    read_token=(),
    http_auth=(),
    cors_origin=(),
    webhook=(),
    webhook_query=None,
    webhook_secret=None,
    webhook_format="mailsink",
    webhook_host=(),
    ready_file=None,
)
DIGEST = digest("secret", cost=16)
FULL = RecipientRule("full@*", "reject", Reply(552, "Mailbox full", "5.2.2"))
ADDRESSES = (("25", "[::1]:26"), "25, [::1]:26", [25, "[::1]:26"], (("127.0.0.1", 25), ("::1", 26)))
ON = (True, "yes", True, True)


def same(text: str, value: object = None) -> tuple[object, ...]:
    return (text, text, text, text if value is None else value)


# option -> (a flag's value, a variable's text, a TOML value, what all of them mean)
GIVEN = {
    "smtp": ADDRESSES,
    "smtps": ADDRESSES,
    "lmtp": (
        ("24", "unix:/run/lmtp"),
        "24,unix:/run/lmtp",
        [24, "unix:/run/lmtp"],
        (("127.0.0.1", 24), ("unix:/run/lmtp", 0)),
    ),
    "profile": (
        ("submission", "smtps=0"),
        "submission,smtps=0",
        ["submission", "smtps=0"],
        (("submission", ("127.0.0.1", 1587)), ("smtps", ("127.0.0.1", 0))),
    ),
    "provider": (
        ("gmail", "ses=0"),
        "gmail,ses=0",
        ["gmail", "ses=0"],
        (("gmail", ("127.0.0.1", 1587)), ("ses", ("127.0.0.1", 0))),
    ),
    "http": same("0.0.0.0:80", ("0.0.0.0", 80)),
    "http_tls": ON,
    "http_tls_cert": same("cert.pem"),
    "http_tls_key": same("key.pem"),
    "store": same("mail.db"),
    "starttls": ON,
    "require_tls": ON,
    "tls_cert": same("cert.pem"),
    "tls_key": same("key.pem"),
    "tls_client_ca": same("ca.pem"),
    "tls_name": (("mx.example.org",), "mx.example.org", ["mx.example.org"], ("mx.example.org",)),
    "tls_min": ("1.3", "1.3", 1.3, "1.3"),
    "tls_max": ("1.2", "1.2", 1.2, "1.2"),
    "auth": (("ada:a:b",), "ada:a:b", ["ada:a:b"], (("ada", "a:b"),)),
    "auth_any": ON,
    "auth_required": ON,
    "rcpt_accept": (
        ("shop.example",),
        "shop.example",
        ["shop.example"],
        (RecipientRule("*@shop.example", "accept"),),
    ),
    "rcpt_reject": (("full@*=552",), "full@*=552", ["full@*=552"], (FULL,)),
    "rcpt_discard": (("x@*",), "x@*", ["x@*"], (RecipientRule("x@*", "discard"),)),
    "faults": (("a.toml", "b.yaml"), "a.toml,b.yaml", ["a.toml", "b.yaml"], ("a.toml", "b.yaml")),
    "hide": (("smtputf8", "DSN"), "smtputf8,DSN", ["smtputf8", "DSN"], ("SMTPUTF8", "DSN")),
    "xclient": ON,
    "proxy": ON,
    "max_messages": ("7", "7", 7, 7),
    "max_bytes": ("2k", "2k", 2048, 2048),
    "max_age": ("3d", "72h", "3d", 259_200.0),
    "max_size": ("2k", "2k", 2048, 2048),
    "max_recipients": ("7", "7", 7, 7),
    "max_connections": ("7", "7", 7, 7),
    "max_connections_per_peer": ("7", "7", 7, 7),
    "idle_timeout": ("2.5", "2.5s", 2.5, 2.5),
    "max_session": ("1h", "60m", 3600, 3600),
    "hostname": same("mx.example.org"),
    "allow_host": (("A.example", "*"), "A.example,*", ["A.example", "*"], ("a.example", "*")),
    "base_path": same("/mail/", "/mail"),
    "trust_proxy": (
        ("127.0.0.1", "10.1.0.0/8"),
        "127.0.0.1,10.1.0.0/8",
        ["127.0.0.1", "10.1.0.0/8"],
        (ip_network("127.0.0.1"), ip_network("10.0.0.0/8")),
    ),
    "token": (
        ("secret-1", "c2VjcmV0LTI="),
        "secret-1,c2VjcmV0LTI=",
        ["secret-1", "c2VjcmV0LTI="],
        ("secret-1", "c2VjcmV0LTI="),
    ),
    "read_token": (("secret-1",), "secret-1", ["secret-1"], ("secret-1",)),
    "http_auth": ((f"ada:{DIGEST}",), f"ada:{DIGEST}", [f"ada:{DIGEST}"], ((Login("ada", DIGEST),),)),
    "cors_origin": (
        ("https://App.example.org", "http://localhost:3000"),
        "https://App.example.org,http://localhost:3000",
        ["https://App.example.org", "http://localhost:3000"],
        ("https://app.example.org", "http://localhost:3000"),
    ),
    "webhook": (
        ("http://127.0.0.1:9/a", "https://hooks.example.org/b"),
        "http://127.0.0.1:9/a,https://hooks.example.org/b",
        ["http://127.0.0.1:9/a", "https://hooks.example.org/b"],
        ("http://127.0.0.1:9/a", "https://hooks.example.org/b"),
    ),
    "webhook_query": same("subject:welcome"),
    "webhook_secret": same("whsec_c2VjcmV0"),
    "webhook_format": same("mailpit"),
    "webhook_host": (
        ("Hooks.example.org",),
        "hooks.example.org",
        ["hooks.example.org"],
        ("hooks.example.org",),
    ),
    "ready_file": same("ready.json", Path("ready.json")),
}
# What some options need beside them to make sense.
BESIDE = {
    "tls_key": {"tls_cert": "cert.pem"},
    "http_tls_key": {"http_tls_cert": "cert.pem"},
    "auth_required": {"auth_any": True},
    **{f"webhook_{word}": {"webhook": ("http://127.0.0.1:9/",)} for word in ("query", "secret")},
}
each_option = pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)


@pytest.fixture
def file(tmp_path, monkeypatch):
    """Write the TOML file of this test; return its name, which is short for the sake of exact texts."""
    monkeypatch.chdir(tmp_path)

    def write(text: str | bytes) -> str:
        Path("mailsink.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
        return "mailsink.toml"

    return write


def toml(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def beside(option) -> dict[str, object]:
    return BESIDE.get(option.name, {})


def refusal(flags=None, environ=None, config=None) -> str:
    with pytest.raises(ConfigError) as caught:
        resolve(flags or {}, environ or {}, config=config)
    return str(caught.value)


# --- where a setting comes from


def test_nothing_given_is_the_default():
    assert resolve({}, {}) == DEFAULTS


def test_the_table_above_has_every_option():
    assert sorted(GIVEN) == sorted(option.name for option in OPTIONS)


@each_option
def test_an_option_is_given_by_flag(option):
    flag, _, _, expected = GIVEN[option.name]

    assert getattr(resolve({option.name: flag} | beside(option), {}), option.name) == expected


@each_option
def test_an_option_is_given_by_the_environment(option):
    _, variable, _, expected = GIVEN[option.name]

    assert getattr(resolve(beside(option), {option.variable: variable}), option.name) == expected


@each_option
def test_an_option_is_given_by_the_file(option, file):
    _, _, key, expected = GIVEN[option.name]
    config = file(f"{option.name} = {toml(key)}\n")

    assert getattr(resolve(beside(option), {}, config=config), option.name) == expected


@each_option
def test_a_flag_beats_the_environment(option):
    flag, _, _, expected = GIVEN[option.name]

    settings = resolve({option.name: flag} | beside(option), {option.variable: "is not read"})

    assert getattr(settings, option.name) == expected


@each_option
def test_the_environment_beats_the_file(option, file):
    _, variable, _, expected = GIVEN[option.name]
    config = file(f'{option.name} = "is not read"\n')

    settings = resolve(beside(option), {option.variable: variable}, config=config)

    assert getattr(settings, option.name) == expected


@each_option
def test_a_flag_that_was_not_given_changes_nothing(option):
    absent = () if option.repeatable else None

    assert resolve({option.name: absent}, {}) == DEFAULTS


@each_option
def test_an_empty_variable_is_not_given(option):
    assert resolve({}, {option.variable: ""}) == DEFAULTS


@each_option
def test_the_names_of_an_option_follow_from_its_name(option):
    assert option.flag == "--" + option.name.replace("_", "-")
    assert option.variable == "MAILSINK_" + option.name.upper()


def test_a_key_may_be_written_with_hyphens(file):
    assert resolve({}, {}, config=file("max-size = 7\n")).max_size == 7


def test_a_single_text_is_a_list_of_one_in_the_file(file):
    assert resolve({}, {}, config=file('smtp = "0.0.0.0:25"\n')).smtp == (("0.0.0.0", 25),)


def test_the_file_can_be_named_by_the_environment(file):
    config = file('store = "mail.db"\n')

    assert resolve({}, {"MAILSINK_CONFIG": config}).store == "mail.db"


def test_the_file_named_by_flag_beats_the_one_of_the_environment(file):
    config = file('store = "mail.db"\n')

    assert resolve({}, {"MAILSINK_CONFIG": "not-read.toml"}, config=config).store == "mail.db"


# --- what is wrong is named: source, value, what is allowed

ADDRESS = "an address is [HOST:]PORT with a port from 0 to 65535"
SIZE = "a size is a number of octets with k, M or G if wanted, such as 25M; 0 is no limit"
TOKEN = "a token is 8 to 200 letters, digits and . _ ~ + / - such as openssl rand -hex 16 makes"
NAME = "a host name is printable ASCII without spaces"
COUNT = "a whole number is wanted; 0 is no limit"
AGE = "an age is a number with s, m, h, d or w, such as 12h or 3d; 0 is no limit"
TIME = "a time is a number of seconds, or with s, m or h, such as 5m; 0 is no limit"
VERSION = "a TLS version is 1.0, 1.1, 1.2 or 1.3"
SWITCH = "a switch is true or false"
RULE = "a recipient rule is a pattern such as *@full.example, or PATTERN=REPLY"
REPLY = "a reply is CODE [ENHANCED] [TEXT] with a code from 400 to 599, such as 552 5.2.2 Mailbox full"
EXTENSION = (
    "an extension is one of PIPELINING, SIZE, 8BITMIME, SMTPUTF8, ENHANCEDSTATUSCODES, DSN, CHUNKING, "
    "BINARYMIME, STARTTLS, AUTH, REQUIRETLS, MT-PRIORITY, LIMITS, XCLIENT"
)
BAD = {
    "smtp": ("x", ADDRESS),
    "smtps": ("x", ADDRESS),
    "lmtp": ("unix:", "a UNIX socket is unix: and the path of a file"),
    "profile": ("pop", "a profile is submission, smtps, relay, with =[HOST:]PORT for another address"),
    "provider": (
        "hotmail",
        "a provider is gmail, microsoft365, ses, gateway, with =[HOST:]PORT for another address",
    ),
    "http": ("65536", ADDRESS),
    "http_tls": ("perhaps", SWITCH),
    "http_tls_cert": ("", "a file has a name"),
    "http_tls_key": ("", "a file has a name"),
    "store": ("", "a store is memory, or the path of a SQLite file"),
    "starttls": ("perhaps", SWITCH),
    "require_tls": ("perhaps", SWITCH),
    "tls_cert": ("", "a file has a name"),
    "tls_key": ("", "a file has a name"),
    "tls_client_ca": ("", "a file has a name"),
    "tls_name": ("mx example", NAME),
    "tls_min": ("2", VERSION),
    "tls_max": ("2", VERSION),
    "auth": ("ada", "credentials are USER:PASSWORD"),
    "auth_any": ("perhaps", SWITCH),
    "auth_required": ("perhaps", SWITCH),
    "rcpt_accept": ("=552", RULE),
    "rcpt_reject": ("full@*=250", REPLY),
    "rcpt_discard": (" ", RULE),
    "faults": ("", "a file has a name"),
    "hide": ("ETRN", EXTENSION),
    "xclient": ("perhaps", SWITCH),
    "proxy": ("perhaps", SWITCH),
    "max_messages": ("many", COUNT),
    "max_bytes": ("1.5M", SIZE),
    "max_age": ("soon", AGE),
    "max_size": ("1.5M", SIZE),
    "max_recipients": ("many", COUNT),
    "max_connections": ("many", COUNT),
    "max_connections_per_peer": ("-1", COUNT),
    "idle_timeout": ("soon", TIME),
    "max_session": ("1d", TIME),
    "hostname": ("mail sink", NAME),
    "allow_host": ("münchen.example", NAME),
    "base_path": (
        "mail",
        "a base path begins with / and has letters, digits and . _ ~ - such as /mail",
    ),
    "trust_proxy": (
        "proxy.example.org",
        "a proxy is an address or a network, such as 127.0.0.1 or 172.16.0.0/12",
    ),
    "token": ("short", TOKEN),
    "read_token": ("with a space", TOKEN),
    "http_auth": ("ada", "credentials are USER:PASSWORD, or @FILE for a file of them"),
    "cors_origin": (
        "https://app.example.org/",
        "an origin is http:// or https:// and a host, with :PORT if it has one, and no path",
    ),
    "webhook": (
        "ftp://hooks.example.org/",
        "a webhook's URL is http:// or https:// and a host, such as http://127.0.0.1:9000/mail",
    ),
    "webhook_query": ("", "a search is a text such as subject:welcome"),
    "webhook_secret": ("whsec_?", "a secret that begins with whsec_ goes on in Base64"),
    "webhook_format": ("xml", "a format is mailsink or mailpit"),
    "webhook_host": ("münchen.example", NAME),
    "ready_file": ("", "a file has a name"),
}


@each_option
def test_a_bad_flag_is_named(option):
    text, allowed = BAD[option.name]

    assert refusal({option.name: text}) == f"{option.flag} {text}: {allowed}"


@pytest.mark.parametrize(
    "option", [o for o in OPTIONS if BAD[o.name][0].strip()], ids=lambda option: option.name
)
def test_a_bad_variable_is_named(option):
    text, allowed = BAD[option.name]

    assert refusal(environ={option.variable: text}) == f"{option.variable}={text}: {allowed}"


@each_option
def test_a_bad_key_is_named(option, file):
    text, allowed = BAD[option.name]
    config = file(f'{option.name} = "{text}"\n')

    assert refusal(config=config) == f"mailsink.toml: {option.name} = {text}: {allowed}"


def test_one_bad_value_among_several_is_named():
    assert refusal(environ={"MAILSINK_SMTP": "25,x,26"}) == f"MAILSINK_SMTP=x: {ADDRESS}"


def test_a_list_for_a_single_value_is_refused(file):
    config = file('store = ["a.db", "b.db"]\n')

    assert refusal(config=config) == "mailsink.toml: store = ['a.db', 'b.db']: takes one value"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("store = true", "store = True: must be a text"),
        ("smtp = true", "smtp = True: must be a text or a list"),
        ("[smtp]\nport = 25", "smtp = {'port': 25}: must be a text or a list"),
    ],
)
def test_a_value_of_another_kind_is_refused(line, said, file):
    assert refusal(config=file(line + "\n")) == f"mailsink.toml: {said}"


def test_an_unknown_key_names_the_nearest(file):
    assert refusal(config=file("smpt = 25\n")) == (
        "mailsink.toml: the key 'smpt' is not known; did you mean 'smtp'?"
    )


def test_an_unknown_key_like_none_of_ours_names_all(file):
    assert refusal(config=file("colour = 1\n")) == (
        "mailsink.toml: the key 'colour' is not known; known are "
        + ", ".join(option.name for option in OPTIONS)
    )


def test_a_file_that_is_not_there_is_named():
    assert refusal(config="missing.toml") == (
        "--config missing.toml: No such file or directory; name a TOML file that can be read"
    )


def test_a_file_that_is_a_directory_is_named(tmp_path):
    assert refusal(config=str(tmp_path)) == (
        f"--config {tmp_path}: Is a directory; name a TOML file that can be read"
    )


def test_a_file_that_is_not_toml_is_named(file):
    assert refusal(config=file("smtp 25\n")).startswith("--config mailsink.toml: not TOML: ")


def test_a_file_that_is_not_utf_8_is_named(file):
    assert refusal(config=file(b"store = '\xff'\n")).startswith("--config mailsink.toml: not TOML: ")


def test_a_variable_that_looks_like_a_misspelled_one_is_warned_of():
    settings = resolve({}, {"MAILSINK_STOER": "mail.db", "MAILSINK_SMPT": "25", "MAILSINK_MAXSIZE": "1"})

    assert settings.warnings == (
        "the variable MAILSINK_MAXSIZE is not known and was ignored; did you mean MAILSINK_MAX_SIZE?",
        "the variable MAILSINK_SMPT is not known and was ignored; did you mean MAILSINK_SMTP?",
        "the variable MAILSINK_STOER is not known and was ignored; did you mean MAILSINK_STORE?",
    )


@pytest.mark.parametrize(
    "name", ["MAILSINK_URL", "MAILSINK_TIMEOUT_SCALE", "MAILSINK_CONFIG", "MAILSINK_REQUIRE_CLIENTS", "SMTP"]
)
def test_a_variable_of_somebody_else_is_not_warned_of(name):
    assert resolve({}, {name: ""}).warnings == ()


# --- what each value allows and the whole does not


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (
            {"cors_origin": ("*",)},
            (
                "--cors-origin *: every page in the web could read the mail and delete it; name the origins, "
                "or give --token too"
            ),
        ),
        (
            {"tls_min": "1.3", "tls_max": "1.2"},
            "--tls-min 1.3: greater than --tls-max 1.2; choose a lower one",
        ),
        (
            {"http_tls_key": "key.pem"},
            "--http-tls-key key.pem: there is no certificate for it; give --http-tls-cert too",
        ),
        (
            {"tls_key": "key.pem"},
            "--tls-key key.pem: there is no certificate for it; give --tls-cert too",
        ),
        (
            {"auth_required": True},
            "--auth-required: nobody can authenticate; give --auth USER:PASSWORD or --auth-any",
        ),
    ],
)
def test_settings_that_contradict_each_other_are_refused(flags, said):
    assert refusal(flags) == said


def test_what_was_given_is_known():
    assert resolve({"store": "memory"}, {"MAILSINK_SMTP": "0"}).given == {"store", "smtp"}


@pytest.mark.parametrize(
    ("flags", "warned"),
    [
        ({"http": "0.0.0.0:80"}, True),
        ({"http": "[::]:80"}, True),
        ({"http": "mail.example.org:80"}, True),
        ({"http": "localhost:80"}, False),
        ({"http": "[::1]:80"}, False),
        ({"http": "0.0.0.0:80", "token": ("secret-1",)}, False),
        ({"http": "0.0.0.0:80", "http_auth": (f"ada:{DIGEST}",)}, False),
    ],
)
def test_who_listens_for_everybody_without_a_password_is_warned(flags, warned):
    assert bool(resolve(flags, {}).warnings) is warned


def test_the_warning_says_what_to_do():
    (warning,) = resolve({"http": "0.0.0.0:80"}, {}).warnings

    assert warning == (
        "--http 0.0.0.0:80: whoever reaches this machine can read the mail and delete it; "
        "give --http-auth USER:PASSWORD or --token TOKEN"
    )

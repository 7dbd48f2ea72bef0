from __future__ import annotations

from pathlib import Path

import pytest

from mailsink.errors import ConfigError
from mailsink.settings import (
    OPTIONS,
    Settings,
    read_address,
    read_host,
    read_name,
    read_path,
    read_size,
    read_store,
    resolve,
)

DEFAULTS = Settings(
    smtp=(("127.0.0.1", 1025),),
    http=("127.0.0.1", 8025),
    store="memory",
    max_size=100 * 1024 * 1024,
    hostname="mailsink",
    allow_host=(),
    ready_file=None,
)
# option -> (a flag's value, a variable's text, a TOML value, what all of them mean)
GIVEN = {
    "smtp": (("25", "[::1]:26"), "25, [::1]:26", [25, "[::1]:26"], (("127.0.0.1", 25), ("::1", 26))),
    "http": ("0.0.0.0:80", "0.0.0.0:80", "0.0.0.0:80", ("0.0.0.0", 80)),
    "store": ("mail.db", "mail.db", "mail.db", "mail.db"),
    "max_size": ("2k", "2k", 2048, 2048),
    "hostname": ("mx.example.org", "mx.example.org", "mx.example.org", "mx.example.org"),
    "allow_host": (("A.example", "*"), "A.example,*", ["A.example", "*"], ("a.example", "*")),
    "ready_file": ("ready.json", "ready.json", "ready.json", Path("ready.json")),
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
    return f'"{value}"' if isinstance(value, str) else str(value)


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

    assert getattr(resolve({option.name: flag}, {}), option.name) == expected


@each_option
def test_an_option_is_given_by_the_environment(option):
    _, variable, _, expected = GIVEN[option.name]

    assert getattr(resolve({}, {option.variable: variable}), option.name) == expected


@each_option
def test_an_option_is_given_by_the_file(option, file):
    _, _, key, expected = GIVEN[option.name]
    config = file(f"{option.name} = {toml(key)}\n")

    assert getattr(resolve({}, {}, config=config), option.name) == expected


@each_option
def test_a_flag_beats_the_environment(option):
    flag, _, _, expected = GIVEN[option.name]

    settings = resolve({option.name: flag}, {option.variable: "is not read"})

    assert getattr(settings, option.name) == expected


@each_option
def test_the_environment_beats_the_file(option, file):
    _, variable, _, expected = GIVEN[option.name]
    config = file(f'{option.name} = "is not read"\n')

    settings = resolve({}, {option.variable: variable}, config=config)

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
NAME = "a host name is printable ASCII without spaces"
BAD = {
    "smtp": ("x", ADDRESS),
    "http": ("65536", ADDRESS),
    "store": ("", "a store is memory, or the path of a SQLite file"),
    "max_size": ("1.5M", SIZE),
    "hostname": ("mail sink", NAME),
    "allow_host": ("münchen.example", NAME),
    "ready_file": ("", "a file has a name"),
}


@each_option
def test_a_bad_flag_is_named(option):
    text, allowed = BAD[option.name]

    assert refusal({option.name: text}) == f"{option.flag} {text}: {allowed}"


@pytest.mark.parametrize("option", [o for o in OPTIONS if BAD[o.name][0]], ids=lambda option: option.name)
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
        ("store = 1.5", "store = 1.5: must be a text"),
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
        "mailsink.toml: the key 'colour' is not known; "
        "known are smtp, http, store, max_size, hostname, allow_host, ready_file"
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
    settings = resolve({}, {"MAILSINK_STOER": "mail.db", "MAILSINK_MAXSIZE": "1"})

    assert settings.warnings == (
        "the variable MAILSINK_MAXSIZE is not known and was ignored; did you mean MAILSINK_MAX_SIZE?",
        "the variable MAILSINK_STOER is not known and was ignored; did you mean MAILSINK_STORE?",
    )


@pytest.mark.parametrize(
    "name", ["MAILSINK_URL", "MAILSINK_TIMEOUT_SCALE", "MAILSINK_CONFIG", "MAILSINK_REQUIRE_CLIENTS", "SMTP"]
)
def test_a_variable_of_somebody_else_is_not_warned_of(name):
    assert resolve({}, {name: ""}).warnings == ()


# --- how one text is read


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("0", ("127.0.0.1", 0)),
        ("65535", ("127.0.0.1", 65535)),
        ("localhost:25", ("localhost", 25)),
        ("[::]:25", ("::", 25)),
    ],
)
def test_an_address_is_read(text, address):
    assert read_address(text) == address


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        (":25", "an address is [HOST:]PORT; write 0.0.0.0:25 to listen on every interface"),
        ("::1", "an IPv6 address goes in brackets, such as [::1]:1025"),
        ("::1:25", "an IPv6 address goes in brackets, such as [::1]:1025"),
        ("[::1]", ADDRESS),
        ("[]:25", ADDRESS),
        ("[::1:25", ADDRESS),
        ("", ADDRESS),
        ("-1", ADDRESS),
        ("٢٥", ADDRESS),
        ("localhost", ADDRESS),
        ("localhost:", ADDRESS),
        ("http://127.0.0.1:25", ADDRESS),
        ("9" * 5_000, ADDRESS),
    ],
)
def test_an_address_is_refused(text, allowed):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole text is compared
        read_address(text)

    assert str(caught.value) == allowed


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("0", 0),
        ("10485760", 10485760),
        ("64k", 65536),
        ("10M", 10485760),
        ("10MB", 10485760),
        ("10MiB", 10485760),
        ("1g", 1073741824),
    ],
)
def test_a_size_is_read(text, octets):
    assert read_size(text) == octets


@pytest.mark.parametrize("text", ["", "k", "-1", "1.5M", "ten", "1T", "٣", "9" * 5_000])
def test_a_size_is_refused(text):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole text is compared
        read_size(text)

    assert str(caught.value) == SIZE


@pytest.mark.parametrize(("read", "text", "value"), [
    (read_store, "memory", "memory"),
    (read_name, "mx.example.org", "mx.example.org"),
    (read_host, "MX.Example.ORG", "mx.example.org"),
    (read_host, "*", "*"),
    (read_path, "a/b", Path("a/b")),
])  # fmt: skip
def test_a_text_is_read(read, text, value):
    assert read(text) == value

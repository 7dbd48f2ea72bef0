from __future__ import annotations

import pytest
from werkzeug.security import check_password_hash, generate_password_hash

from mailsink import passwords
from mailsink.passwords import Login, Logins, digest, read_logins

CHEAP = digest("s3cret", cost=16)
MAKE = "not USER:DIGEST with a digest of scrypt; `mailsink password USER` makes such a line"


def test_the_digest_is_one_that_werkzeug_reads_and_writes():
    made = digest("s3cret", cost=1024)

    assert check_password_hash(made, "s3cret")
    assert not check_password_hash(made, "S3cret")
    assert Logins([Login("ada", generate_password_hash("s3cret"))]).check("ada", "s3cret")


def test_a_digest_has_its_own_salt_and_full_cost():
    made = digest("s3cret")

    assert made.startswith("scrypt:32768:8:1$")
    assert made != digest("s3cret")


@pytest.mark.parametrize(
    ("user", "password", "right"),
    [
        ("ada", "s3cret", True),
        ("ada", "s3cre", False),
        ("ada", "", False),
        ("grace", "s3cret", False),
        ("", "s3cret", False),
        ("ada", "\udcff", False),
    ],
)
def test_only_the_users_own_password_is_right(user, password, right):
    logins = Logins([Login("ada", CHEAP), Login("lin", digest("other", cost=16))])

    # The second answer comes out of what the first one left.
    assert [logins.check(user, password), logins.check(user, password)] == [right, right]


def test_without_users_nobody_is_right():
    assert not Logins()
    assert not Logins().check("ada", "s3cret")


@pytest.fixture
def counted(monkeypatch):
    """How often scrypt was made."""
    made = []
    scrypt = passwords._scrypt
    monkeypatch.setattr(passwords, "_scrypt", lambda *words: made.append(1) or scrypt(*words))
    return made


def test_a_right_password_costs_its_scrypt_once(counted):
    logins = Logins([Login("ada", CHEAP)])

    assert [logins.check("ada", "s3cret") for _ in range(5)] == [True] * 5
    assert len(counted) == 1


def test_a_user_who_is_not_there_costs_what_a_wrong_password_does(counted):
    logins = Logins([Login("ada", CHEAP)])
    logins.check("ada", "wrong")
    once = len(counted)
    logins.check("nobody", "wrong")

    assert (once, len(counted)) == (1, 2)


def test_a_password_is_kept_as_a_digest_only():
    (login,) = read_logins("ada:a:b,c")

    assert "a:b,c" not in f"{login}{login.digest}"
    assert Logins([login]).check("ada", "a:b,c")


def test_a_digest_may_be_given_instead():
    assert read_logins(f"ada:{CHEAP}") == (Login("ada", CHEAP),)


def test_a_file_has_a_line_for_each_user(tmp_path):
    file = tmp_path / "users"
    file.write_text(f"# who may look\n\nada:{CHEAP}\nlin:{CHEAP}\n")

    assert read_logins(f"@{file}") == (Login("ada", CHEAP), Login("lin", CHEAP))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ada", "credentials are USER:PASSWORD, or @FILE for a file of them"),
        (":s3cret", "credentials are USER:PASSWORD, or @FILE for a file of them"),
        ("ada:", "credentials are USER:PASSWORD, or @FILE for a file of them"),
        ("ada:scrypt:1:8:1$a$00", MAKE),
        (
            CHEAP.replace("scrypt:16", "ada:scrypt:17"),
            "the cost 17:8:1 is none of scrypt, or takes over 256 MiB",
        ),
        (
            CHEAP.replace("scrypt:16", "ada:scrypt:16777216"),
            "the cost 16777216:8:1 is none of scrypt, or takes over 256 MiB",
        ),
        (f"ada:{CHEAP}"[:-1], "the digest is cut off; `mailsink password USER` makes a whole one"),
        ("@", "Is a directory; name a file that can be read"),
        ("@/nowhere/users", "No such file or directory; name a file that can be read"),
    ],
)
def test_what_cannot_be_read_is_told(text, why):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole text is compared
        read_logins(text)

    assert str(caught.value) == why


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (b"\n", "the file names no user; `mailsink password USER` makes a line for it"),
        (b"# users\nada:s3cret\n", f"line 2: {MAKE}"),
        (b"ada:$apr1$x$y\n", f"line 1: {MAKE}"),
        (b"\xff\xfe", "not a text file; name one with a line USER:DIGEST for each user"),
    ],
)
def test_a_line_that_is_no_digest_is_named(tmp_path, octets, why):
    (tmp_path / "users").write_bytes(octets)

    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole text is compared
        read_logins(f"@{tmp_path / 'users'}")

    assert str(caught.value) == why

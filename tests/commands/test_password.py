from __future__ import annotations

import pytest
from click.testing import CliRunner

from mailsink.commands.password import password
from mailsink.errors import ConfigError
from mailsink.passwords import Logins, read_logins


def test_the_line_lets_the_user_in(tmp_path):
    (tmp_path / "users").write_text(CliRunner().invoke(password, ["ada"], input="s3 cret\n").output)

    logins = Logins(read_logins(f"@{tmp_path / 'users'}"))

    assert logins.check("ada", "s3 cret")
    assert not logins.check("ada", "s3 cret\n")


@pytest.mark.parametrize(
    ("user", "written", "why"),
    [
        ("a:b", "x\n", "the user 'a:b': a user has printable characters without a colon, @ or # first"),
        ("@a", "x\n", "the user '@a': a user has printable characters without a colon, @ or # first"),
        ("", "x\n", "the user '': a user has printable characters without a colon, @ or # first"),
        ("ada", "\n", "there is no password on the input; write one, and end the line"),
    ],
)
def test_what_cannot_be_a_line_is_told(user, written, why):
    result = CliRunner().invoke(password, [user], input=written)

    assert isinstance(result.exception, ConfigError)
    assert str(result.exception) == why

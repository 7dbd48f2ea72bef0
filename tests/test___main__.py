from __future__ import annotations

import sys

import serving

import mailsink


def test_the_module_is_the_command():
    done = serving.run("--version")

    assert (done.returncode, done.stdout, done.stderr) == (0, f"mailsink {mailsink.__version__}\n", "")


def test_importing_the_module_runs_nothing(capsys):
    import mailsink.__main__ as module

    assert module.main is sys.modules["mailsink.cli"].main
    assert capsys.readouterr() == ("", "")

import os
import subprocess
import sys

import pytest


@pytest.fixture(scope="session")
def shop(mailsink_server):
    """The shop, started once, which sends all its mail to one port."""
    to = mailsink_server.shared
    command = [sys.executable, "shop.py"]
    env = os.environ | {"SMTP_HOST": to.host, "SMTP_PORT": str(to.port)}
    with subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as run:
        yield run.stdout.readline().strip()
        run.terminate()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """The system's Chromium, which may be run as root in a container."""
    chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    return {
        **browser_type_launch_args,
        "executable_path": chromium,
        "args": ["--no-sandbox", "--disable-gpu"],
    }

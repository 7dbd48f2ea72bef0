import os
import subprocess
import sys

import pytest


def send(mailsink, *addresses):
    subprocess.run([sys.executable, "sender.py", *addresses], env=os.environ | mailsink.env, check=True)


@pytest.mark.parametrize("number", range(4))
def test_it_sends_here(mailsink, number):
    send(mailsink, f"reader{number}@example.com")

    assert mailsink.expect(subject="From a process").rcpts == [f"reader{number}@example.com"]


@pytest.mark.mailsink(auth="required", tls="required")
def test_it_logs_in_and_verifies_the_certificate(mailsink):
    send(mailsink, "reader@example.com")

    mailsink.expect(auth_user=mailsink.username, tls="starttls")


def test_a_program_that_was_started_once(mailsink_shared):
    me = mailsink_shared.address("alice")

    send(mailsink_shared, me)

    mailsink_shared.expect(rcpt=me)

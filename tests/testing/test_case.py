from __future__ import annotations

import asyncio
import subprocess
import sys
import unittest

import pytest
from sending import send

from mailsink.testing import MailsinkTestCase


def run(case: type[unittest.TestCase]) -> unittest.TestResult:
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    return result


def put(mailsink):
    send((mailsink.host, mailsink.port))


def test_each_test_has_a_server_of_its_own_though_set_up_calls_no_other():
    ports = set()

    class Case(MailsinkTestCase):
        mailsink_settings = {"timeout": 0.25}  # noqa: RUF012

        def setUp(self):
            put(self.mailsink)

        def test_1(self):
            self.mailsink.expect(rcpt="ada@example.org")
            ports.add(self.mailsink.port)

        def test_2(self):
            assert len(self.mailsink) == 1
            assert self.mailsink.timeout == 0.25
            ports.add(self.mailsink.port)

    result = run(Case)

    assert (result.testsRun, result.failures, result.errors) == (2, [], [])
    assert len(ports) == 2
    assert Case._mailsink_server is None


def test_a_failure_is_a_failure_and_no_error():
    class Case(MailsinkTestCase):
        def test_it(self):
            self.mailsink.expect(timeout=0)

    result = run(Case)

    assert (len(result.failures), result.errors) == (1, [])


def test_a_subtest_that_fails_leaves_the_others():
    class Case(MailsinkTestCase):
        def test_it(self):
            for number in range(3):
                with self.subTest(number=number):
                    put(self.mailsink)
                    self.mailsink.expect(count=2, timeout=0)

    result = run(Case)

    assert [
        str(case).partition(" (")[2].endswith(f"(number={n})")
        for n, (case, _) in zip((0, 2), result.failures, strict=True)
    ]
    assert len(result.failures) == 2


def test_coroutines_await():
    class Case(MailsinkTestCase, unittest.IsolatedAsyncioTestCase):
        async def test_it(self):
            await asyncio.to_thread(put, self.mailsink)
            mail = await self.mailsink.aio.expect()
            assert mail.sender == "shop@example.com"
            with pytest.raises(RuntimeError, match=r"await mailsink\.aio\.expect"):
                self.mailsink.expect(count=2)

    assert run(Case).wasSuccessful()


def test_late_mail_is_a_warning_of_its_own_test_and_reaches_no_other():
    left = []

    class Case(MailsinkTestCase):
        def test_1(self):
            left.append(self.mailsink)

        def test_2(self):
            put(left[0])
            self.mailsink.expect_none()

    with pytest.warns(
        UserWarning, match=r"Case\.test_1 sent a mail \d\.\d\d s after it ended: shop@example.com"
    ):
        result = run(Case)

    assert result.wasSuccessful()


def test_a_case_that_inherits_has_a_server_of_its_own():
    servers = set()

    class Base(MailsinkTestCase):
        def test_it(self):
            put(self.mailsink)
            servers.add(self._mailsink_server)

    class Child(Base):
        pass

    assert run(Base).wasSuccessful()
    assert run(Child).wasSuccessful()
    assert len(servers) == 2


def test_a_test_that_does_not_ask_starts_nothing():
    class Case(MailsinkTestCase):
        def test_it(self):
            assert self._mailsink_server is None

    assert run(Case).wasSuccessful()


def test_it_works_without_pytest(tmp_path):
    (tmp_path / "test_it.py").write_text(
        "import smtplib, sys, mailsink\n"
        "class SignupTest(mailsink.MailsinkTestCase):\n"
        "    def test_it(self):\n"
        "        with smtplib.SMTP(self.mailsink.host, self.mailsink.port) as client:\n"
        "            client.sendmail('shop@example.com', 'ada@example.org', 'Subject: Hi')\n"
        "        self.mailsink.expect(rcpt='ada@example.org')\n"
        "        assert 'pytest' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "unittest", "-q"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert "Ran 1 test" in done.stderr

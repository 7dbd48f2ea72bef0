"""Calls methods of a published client: a line of JSON on standard input names one, a line of JSON answers it.

Runs in the environment that the Makefile makes for these clients, which are as their authors published them.
"""

from __future__ import annotations

import dataclasses
import inspect
import io
import json
import sys
import unittest
from urllib.parse import urlsplit


def shown(value):
    if dataclasses.is_dataclass(value):
        return dataclasses.asdict(value)
    return value


class MailpitClient:
    """mailpit-api-client: its API, and its test case."""

    def __init__(self, url):
        from mailpit.client.api import API

        self.url = url
        self.api = API(url, timeout=10)

    def __getattr__(self, name):
        return getattr(self.api, name)

    def run_case(self, message_id, other_id):
        """How many tests passed that are written with its EMailTestCase."""
        from mailpit.testing.unittest import EMailTestCase

        class Case(EMailTestCase):
            api_url = self.url

            def test_received(self):
                self.assertMessageReceived(message_id)

            def test_not_received(self):
                with self.assertRaises(self.failureException):  # noqa: PT027 - there is no pytest here
                    self.assertMessageReceived(other_id)

            def test_equal(self):
                summary = self.mailpit_api.get_messages().messages[0]
                message = self.mailpit_api.get_message(summary.id)
                self.assertMessageEqual(message, self.mailpit_api.get_message(summary.id))

        suite = unittest.defaultTestLoader.loadTestsFromTestCase(Case)
        result = unittest.TextTestRunner(stream=io.StringIO()).run(suite)
        assert result.wasSuccessful(), result.failures + result.errors
        return result.testsRun


class MailhogClient:
    """mailhog: its class, and what its messages can do."""

    def __init__(self, url):
        from mailhog import Mailhog

        place = urlsplit(url)
        self.api = Mailhog(place.hostname, place.port)

    def __getattr__(self, name):
        return getattr(self.api, name)

    def senders_recipients_subjects(self):
        found = self.api.messages().items
        return [[m.get_sender(), m.get_recipients(), m.get_subject()] for m in found]

    def delete_newest(self):
        self.api.delete(self.api.messages().items[0])


CLIENTS = {"mailpit-api-client": MailpitClient, "mailhog": MailhogClient}


def main():
    name, url = sys.argv[1:]
    client = CLIENTS[name](url)

    def say(value):
        print(json.dumps(value, default=str), flush=True)

    say([name for name in dir(client.api) if name[0] != "_" and inspect.ismethod(getattr(client.api, name))])
    for line in sys.stdin:
        method, *words = json.loads(line)
        try:
            say({"value": shown(getattr(client, method)(**(words[0] if words else {})))})
        except Exception as error:  # noqa: BLE001 - the test decides what it makes of it
            say({"error": f"{type(error).__name__}: {error}"})


main()

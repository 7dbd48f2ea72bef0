"""What the script on the cost of faults measures, in small, and without its times."""

from __future__ import annotations

import pytest
from bench.faults_cost import Server, microseconds


@pytest.mark.parametrize("kind", ["with", "without"])
def test_a_server_with_and_one_without_faults_take_mail(kind):
    server = Server(kind)
    try:
        assert microseconds(server, 20) > 0
    finally:
        server.close()

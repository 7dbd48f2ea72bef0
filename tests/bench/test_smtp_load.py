"""What the load script measures, in small, and without its times: those depend on the machine."""

from __future__ import annotations

from bench.smtp_load import KIB, MB, Server, big_mail, idle_connections, lines_of


def test_an_idle_connection_takes_less_than_15_kib():
    with Server() as server:
        memory, _ = idle_connections(server, count=500)

    assert memory < 15 * KIB


def test_a_mail_takes_less_than_three_times_its_size():
    content = lines_of(30 * MB)
    with Server() as server:
        _, most = big_mail(server, content)

    assert most < 3 * len(content)

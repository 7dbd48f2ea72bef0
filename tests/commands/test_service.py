from __future__ import annotations

from mailsink.commands.service import click_option, sink_of, web_of
from mailsink.options import OPTIONS
from mailsink.settings import resolve


def test_settings_become_a_running_sink_and_its_web_server():
    settings = resolve({"smtp": ("0",), "http": "0"}, {})

    with sink_of(settings) as sink, web_of(sink, settings) as web:
        assert sink.port
        assert web.url.startswith("http://127.0.0.1:")


def test_every_option_can_be_given_on_a_command_line():
    assert [click_option(option).opts[0] for option in OPTIONS] == [option.flag for option in OPTIONS]

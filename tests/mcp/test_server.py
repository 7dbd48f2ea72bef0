from __future__ import annotations

import asyncio

import pytest
from mcp import Client

from mailsink.mcp.server import build


@pytest.fixture
def ask(tools):
    """Ask a server in this process by the SDK's own client."""
    server = build(tools, version="1.2.3")

    def ask(work):
        async def run():
            async with Client(server) as client:
                return await work(client)

        return asyncio.run(run())

    return ask


def test_every_tool_is_offered_with_its_parameters_and_what_it_may_do(ask, tools):
    listed = ask(lambda client: client.list_tools()).tools

    assert [tool.name for tool in listed] == [tool.__name__ for tool in tools.all]
    by_name = {tool.name: tool for tool in listed}
    assert by_name["wait_for_message"].input_schema["properties"]["timeout"]["type"] == "number"
    assert by_name["add_fault"].input_schema["required"] == ["rule"]
    assert by_name["get_message"].annotations.read_only_hint
    assert not by_name["clear_faults"].annotations.read_only_hint


def test_tools_that_show_mail_say_that_it_is_not_to_be_trusted(ask):
    for tool in ask(lambda client: client.list_tools()).tools:
        shows = tool.name not in ("get_server", "list_faults", "add_fault", "clear_faults")
        assert ("untrusted" in tool.description) is shows


def test_an_answer_is_text_and_data(ask, put):
    own = put("Welcome")

    result = ask(lambda client: client.call_tool("get_message", {"message_id": own.id}))

    assert not result.is_error
    assert "Subject: Welcome" in result.content[0].text
    assert result.structured_content["message"]["id"] == own.id


def test_what_cannot_be_done_is_an_error_with_our_sentence(ask):
    result = ask(lambda client: client.call_tool("get_message", {"message_id": "x"}))

    assert result.is_error
    assert "there is no message x" in result.content[0].text


def test_a_wrong_argument_is_an_error(ask):
    result = ask(lambda client: client.call_tool("search_messages", {"limit": "many"}))

    assert result.is_error


def test_another_tool_is_answered_while_one_waits(ask, put, web):
    async def both(client):
        waiting = asyncio.create_task(client.call_tool("wait_for_message", {"timeout": 20}))
        await asyncio.to_thread(web.seats.wait_taken, 1, timeout=20)
        answered = await client.call_tool("list_inboxes")
        await asyncio.to_thread(put, "Now")
        return answered, await waiting

    answered, waited = ask(both)

    assert answered.structured_content["inboxes"][0]["total"] == 0
    assert waited.structured_content["message"]["subject"] == "Now"

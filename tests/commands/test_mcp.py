from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request

import pytest
from mcp import Client, StdioServerParameters, stdio_client
from sending import mail, send
from serving import COMMAND, TIMEOUT, environment, running

TOKEN = "a-full-token"


def over_stdio(work, *arguments, **more):
    """What *work* makes of the SDK's client to `mailsink mcp`."""
    process = StdioServerParameters(
        command=COMMAND[0], args=[*COMMAND[1:], "mcp", *arguments], env=environment(**more)
    )

    async def run():
        async with Client(stdio_client(process)) as client:
            return await work(client)

    return asyncio.run(run())


def test_an_agent_reads_mail_over_standard_input_and_output(web, put):
    own = put("Your code", "Your code is 493817")

    async def work(client):
        tools = await client.list_tools()
        code = await client.call_tool("extract_code", {"message_id": own.id})
        return [tool.name for tool in tools.tools], code

    names, code = over_stdio(work, MAILSINK_URL=web.url)

    assert "wait_for_message" in names
    assert code.structured_content["code"] == "493817"


def test_without_a_server_it_starts_a_sink_of_its_own():
    async def work(client):
        server = (await client.call_tool("get_server")).structured_content
        (smtp,) = server["smtp"]
        await asyncio.to_thread(send, (smtp["host"], smtp["port"]), mail("Own"))
        return await client.call_tool("wait_for_message", {"query": "subject:own", "timeout": 10})

    assert over_stdio(work, "--smtp", "0", "--http", "0").structured_content["found"]


@pytest.fixture
def listening():
    """`mailsink mcp --listen` as a process; its address."""
    processes = []

    def listen(*arguments):
        process = subprocess.Popen(
            [*COMMAND, "mcp", "--listen", "0", *arguments],
            env=environment(),
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process, re.search(r"http://\S+/mcp", process.stderr.readline())[0]

    yield listen
    for process in processes:
        process.kill()
        process.communicate(timeout=TIMEOUT)


def test_an_agent_reads_mail_over_http(web, put, listening):
    own = put("Welcome")
    process, address = listening("--url", web.url)

    async def work():
        async with Client(address) as client:
            return await client.call_tool("search_messages", {"query": "subject:welcome"})

    found = asyncio.run(work())
    process.send_signal(signal.SIGTERM)

    assert [one["id"] for one in found.structured_content["messages"]] == [own.id]
    assert process.wait(TIMEOUT) in (0, -signal.SIGTERM)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": f"Bearer {TOKEN}", "Host": "evil.example"}, 421),
        ({"Authorization": f"Bearer {TOKEN}", "Origin": "https://evil.example"}, 403),
        ({"Authorization": f"Bearer {TOKEN}"}, 200),
    ],
    ids=["no token", "wrong token", "foreign host", "foreign page", "right"],
)
def test_only_who_may_use_the_server_is_answered(headers, status, guarded):
    body = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "a", "version": "1"},
        },
    }
    request = urllib.request.Request(
        guarded,
        json.dumps(body).encode(),
        {
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            **headers,
        },
    )
    assert status_of(request) == status


def status_of(request):
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


@pytest.fixture(scope="module")
def guarded():
    with running("--token", TOKEN) as url:
        process = subprocess.Popen(
            [*COMMAND, "mcp", "--listen", "0", "--url", url, "--token", TOKEN],
            env=environment(),
            stderr=subprocess.PIPE,
            text=True,
        )
        yield re.search(r"http://\S+/mcp", process.stderr.readline())[0]
        process.kill()
        process.communicate(timeout=TIMEOUT)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--listen", "here"], "--listen here: an address is [HOST:]PORT with a port from 0 to 65535"),
        (
            ["--listen", "0.0.0.0:9000"],
            "--listen 0.0.0.0:9000: others could read the mail; give --token, or listen at 127.0.0.1:9000",
        ),
    ],
)
def test_wrong_usage_is_one_line(command, arguments, said):
    assert command("mcp", *arguments) == (2, "", f"mailsink: {said}\n")


def test_a_server_that_runs_has_its_own_ports(command, web):
    code, _, said = command("mcp", "--smtp", "0")

    assert (code, said) == (
        2,
        f"mailsink: --url {web.url}: a server that runs has its ports and its store; leave out either\n",
    )


def test_without_the_extra_it_says_what_to_install(command, monkeypatch):
    monkeypatch.delitem(sys.modules, "mailsink.mcp.server", raising=False)
    monkeypatch.setitem(sys.modules, "mcp.server.mcpserver", None)

    code, _, said = command("mcp")

    assert code == 2
    assert said.startswith(
        "mailsink: mailsink mcp needs the extra mcp, which is not here; install mailsink with it, "
        "such as by pip install 'path/to/checkout[mcp]' ("
    )

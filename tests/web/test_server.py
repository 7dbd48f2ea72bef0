from __future__ import annotations

import socket
import subprocess
import sys
import threading

import pytest
from asking import Http, Stream

from mailsink import StartError
from mailsink_web.server import serve


def test_port_zero_lets_the_system_choose(web):
    assert web.port > 0
    assert web.url == f"http://127.0.0.1:{web.port}"


def test_a_port_in_use_says_what_to_do(sink, web):
    with pytest.raises(StartError) as caught:
        serve(sink, port=web.port)

    assert str(caught.value) == (
        f"--http 127.0.0.1:{web.port}: the port is in use; choose another, or 0 to let the system choose"
    )


def test_it_listens_on_ipv6(sink):
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    with serve(sink, "::1", 0) as web:
        http = Http("::1", web.port)
        answer = http.get("/api/health")
        http.close()

    assert answer.status == 200
    assert web.url == f"http://[::1]:{web.port}"


def test_a_wildcard_is_shown_as_an_address_that_a_browser_can_open(sink):
    with serve(sink, "0.0.0.0", 0) as web:
        assert web.url == f"http://127.0.0.1:{web.port}"


def test_close_ends_streams_and_long_polls_at_once(sink):
    web = serve(sink, port=0)
    polls = Http(web.host, web.port)
    poll = threading.Thread(target=polls.get, args=("/api/wait?timeout=300",))
    _ = polls.contract
    with Stream(web.host, web.port) as stream:
        stream.head()
        poll.start()
        assert web.seats.wait_taken(2, timeout=5)
        closer = threading.Thread(target=web.close)
        closer.start()
        closer.join(2)
        poll.join(2)

        assert not closer.is_alive()
        assert not poll.is_alive()
        assert stream.response.read() == b""
    polls.close()


def test_close_frees_the_port(sink, web):
    web.close()
    web.close()

    with serve(sink, port=web.port) as again:
        assert again.port == web.port


def test_importing_the_server_loads_no_flask():
    code = (
        "import sys, mailsink_web.server; print(sorted({'flask', 'werkzeug', 'msgspec'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_the_web_side_never_loads_aiosmtpd():
    code = "import sys, mailsink_web.app; print('aiosmtpd' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"

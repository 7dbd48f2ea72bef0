from __future__ import annotations

import os
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mailsink.client.http import Http, segment
from mailsink.errors import ConfigError, QueryError, RequestError


class Recorder(BaseHTTPRequestHandler):
    """Answers like a proxy before mailsink, and takes down what it was asked."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append((self.path, self.headers["Authorization"], self.client_address[1]))
        body = b"<p>no mailsink</p>" if "html" in self.path else b"{}"
        self.send_response(502 if "bad" in self.path else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_):
        pass


@pytest.fixture
def proxy():
    with ThreadingHTTPServer(("127.0.0.1", 0), Recorder) as server:
        server.asked = []
        server.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def asking(proxy):
    made = []

    def asking(url=proxy.url, **words):
        made.append(Http(url, **words))
        return made[-1]

    yield asking
    for http in made:
        http.close()


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:8025", "ftp://localhost", "http://", "http://[::1", "http://x:y"]
)
def test_what_is_no_address_is_refused(url):
    with pytest.raises(ConfigError) as error:
        Http(url)

    assert str(error.value) == f"{url} is not the address of a server; write http://HOST:PORT"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("http://localhost:8025/", "http://localhost:8025"),
        ("https://mail.example.org/sink/", "https://mail.example.org/sink"),
        ("http://ada:s3cret@[::1]:80", "http://[::1]:80"),
    ],
)
def test_the_address_is_kept_without_slash_and_password(given, kept):
    assert Http(given).url == kept


def test_a_path_goes_before_the_api_s(proxy, asking):
    asking(proxy.url + "/sink").json("GET", "/health", {"q": "a b", "inbox": None})

    assert proxy.asked[0][0] == "/sink/api/health?q=a+b"


def test_the_token_is_a_bearer_s(proxy, asking):
    asking(token="t0ken").json("GET", "/health")

    assert proxy.asked[0][1] == "Bearer t0ken"


def test_user_and_password_go_by_basic(proxy, asking):
    asking(proxy.url.replace("//", "//ada:s3cret%40@")).json("GET", "/health")

    assert proxy.asked[0][1] == "Basic YWRhOnMzY3JldEA="


def test_a_connection_is_kept_for_the_next_request(proxy, asking):
    http = asking()

    http.json("GET", "/1")
    http.json("GET", "/2")

    assert proxy.asked[0][2] == proxy.asked[1][2]


def test_what_may_not_be_done_twice_has_a_connection_of_its_own(proxy, asking):
    http = asking()

    http.json("GET", "/1")
    http.json("POST", "/2", body={})

    assert proxy.asked[0][2] != proxy.asked[1][2]


def test_a_connection_that_the_server_closed_is_replaced(web, asking):
    http = asking(web.url)
    http.json("GET", "/health")
    http._idle[0].sock.shutdown(socket.SHUT_RDWR)

    assert http.json("GET", "/health")["status"] == "ok"


def test_a_forked_child_leaves_the_parent_s_connections_alone(proxy, asking):
    http = asking()
    http.json("GET", "/1")
    http._process = os.getpid() - 1
    parents = http._idle

    http.json("GET", "/2")

    assert proxy.asked[0][2] != proxy.asked[1][2]
    parents[0].close()


def test_nobody_there_is_said():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"

        with pytest.raises(RequestError) as error:
            Http(url).json("GET", "/health")

    assert str(error.value) == f"{url} cannot be asked: Connection refused; is mailsink running there?"
    assert error.value.status == 0


def test_what_speaks_another_protocol_is_said(sink):
    url = f"http://{sink.host}:{sink.port}"

    with pytest.raises(RequestError) as error:
        Http(url).json("GET", "/health")

    assert str(error.value) == f"{url} does not speak HTTP; is it mailsink's address for HTTP?"


def test_another_server_s_answer_is_said(proxy, asking):
    with pytest.raises(RequestError) as error:
        asking().json("GET", "/html")
    with pytest.raises(RequestError) as bad:
        asking().json("GET", "/bad-html")

    assert str(error.value) == f"{proxy.url} did not answer in JSON; is it mailsink's address?"
    assert str(bad.value) == f"{proxy.url} answered 502 Bad Gateway; is it mailsink's address?"
    assert bad.value.status == 502


def test_the_server_s_sentence_is_the_error_s(web, asking):
    with pytest.raises(RequestError) as error:
        asking(web.url).json("GET", "/messages", {"limit": "many"})

    assert str(error.value) == "limit must be a whole number from 1 to 500, not 'many'."
    assert (error.value.status, error.value.field) == (400, "limit")


def test_a_search_that_cannot_be_read_is_a_query_error(web, asking):
    with pytest.raises(QueryError) as error:
        asking(web.url).json("GET", "/messages", {"q": "is:xyz"})

    assert (
        str(error.value)
        == "is:xyz is not known, at character 4. is: knows bounce, read, starred, tagged, unread."
    )
    assert (error.value.text, error.value.start, error.value.end) == ("is:xyz", 3, 6)


def test_a_stream_that_is_refused_is_closed(web, asking):
    with pytest.raises(RequestError, match="after must be the id of an event"):
        asking(web.url).open("/stream", {"after": "nonsense"}, timeout=5)


def test_a_segment_is_quoted():
    assert segment("a/b c") == "a%2Fb%20c"

from __future__ import annotations

import errno
import os
import socket

import pytest

from mailsink.errors import StartError
from mailsink.sockets import _why as why
from mailsink.sockets import bind, bind_both, bind_file, format_address, hold, is_loopback


def test_a_bound_socket_listens():
    with bind("127.0.0.1", 0, what="--smtp") as listener:
        client = socket.create_connection(listener.getsockname(), timeout=10)

        with client:
            assert client.getpeername() == listener.getsockname()


def test_a_bound_socket_names_its_protocol_so_that_asyncio_switches_nagle_off():
    with bind("127.0.0.1", 0, what="--smtp") as listener:
        assert listener.proto == socket.IPPROTO_TCP


def test_a_bound_socket_does_not_block():
    with bind("127.0.0.1", 0, what="--smtp") as listener:
        assert listener.gettimeout() == 0


def test_a_host_name_is_looked_up():
    with bind("localhost", 0, what="--smtp") as listener:
        assert listener.getsockname()[0] in ("127.0.0.1", "::1")


def test_ipv6_is_bound_for_itself_only():
    try:
        listener = bind("::1", 0, what="--smtp")
    except StartError:
        pytest.skip("this machine has no IPv6")
    with listener, bind("127.0.0.1", listener.getsockname()[1], what="--smtp"):
        assert listener.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY) == 1


def test_a_port_in_use_is_named():
    with bind("127.0.0.1", 0, what="--smtp") as taken:
        port = taken.getsockname()[1]

        with pytest.raises(StartError) as caught:
            bind("127.0.0.1", port, what="--http")

    assert str(caught.value) == (
        f"--http 127.0.0.1:{port}: the port is in use; choose another, or 0 to let the system choose"
    )


def test_a_port_is_free_at_once_after_closing():
    with bind("127.0.0.1", 0, what="--smtp") as first:
        address = first.getsockname()
        with socket.create_connection(address, timeout=10):
            first.setblocking(True)
            first.accept()[0].close()

    bind(*address, what="--smtp").close()


def test_an_address_of_another_machine_is_named():
    # RFC 5737: an address for documentation, which no machine has.
    with pytest.raises(StartError) as caught:
        bind("192.0.2.1", 0, what="--smtp")

    assert str(caught.value) == (
        "--smtp 192.0.2.1:0: this machine does not have that address; "
        "use 127.0.0.1, or 0.0.0.0 for all it has"
    )


def test_a_name_that_is_no_address_is_named():
    # A label of more than 63 octets is refused without asking anybody.
    host = "x" * 64

    with pytest.raises(StartError) as caught:
        bind(host, 1025, what="--smtp")

    assert str(caught.value) == f"--smtp {host}:1025: not a host name; name an address of this machine"


def test_a_name_that_nobody_knows_is_named():
    # A space is in no host name, so nobody is asked.
    with pytest.raises(StartError) as caught:
        bind("a b", 1025, what="--smtp")

    assert str(caught.value) == (f"--smtp a b:1025: {os_word_for_unknown()}; name an address of this machine")


def os_word_for_unknown() -> str:
    with pytest.raises(socket.gaierror) as caught:
        socket.getaddrinfo("a b", 1025)
    return caught.value.strerror


@pytest.mark.parametrize("port", [-1, 65536, 70000])
def test_a_port_that_is_none_is_named(port):
    with pytest.raises(StartError) as caught:
        bind("127.0.0.1", port, what="--smtp")

    assert str(caught.value) == f"--smtp 127.0.0.1:{port}: a port is a number from 0 to 65535"


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.EACCES, "not permitted; ports under 1024 are the administrator's, choose a higher one"),
        (errno.ENOBUFS, f"{os.strerror(errno.ENOBUFS)}; choose another address"),
    ],
)
def test_other_reasons_are_named(number, sentence):
    assert why(OSError(number, os.strerror(number))) == sentence


def test_both_loopback_addresses_share_a_port():
    sockets = bind_both(0, what="--smtp")
    names = [sock.getsockname()[:2] for sock in sockets]
    for sock in sockets:
        sock.close()

    assert names in ([("127.0.0.1", names[0][1]), ("::1", names[0][1])], [("127.0.0.1", names[0][1])])


def test_both_loopback_addresses_at_a_port_in_use_are_refused():
    with bind("127.0.0.1", 0, what="--smtp") as taken:
        port = taken.getsockname()[1]

        with pytest.raises(StartError) as caught:
            bind_both(port, what="--smtp")

    assert str(caught.value).startswith(f"--smtp 127.0.0.1:{port}: the port is in use; ")


def test_a_socket_file_is_bound(tmp_path):
    path = str(tmp_path / "smtp")

    with bind_file(path, what="--smtp"), socket.socket(socket.AF_UNIX) as client:
        assert client.connect_ex(path) == 0


def test_a_socket_file_at_which_nobody_listens_is_replaced(tmp_path):
    path = str(tmp_path / "smtp")
    bind_file(path, what="--smtp").close()

    with bind_file(path, what="--smtp"), socket.socket(socket.AF_UNIX) as client:
        assert client.connect_ex(path) == 0


def test_a_socket_file_in_use_is_named(tmp_path):
    path = str(tmp_path / "smtp")

    with bind_file(path, what="--smtp"), pytest.raises(StartError) as caught:
        bind_file(path, what="--smtp")

    assert str(caught.value) == f"--smtp {path}: the file is there and in use; choose another"


def test_a_file_that_is_no_socket_is_left_alone(tmp_path):
    file = tmp_path / "smtp"
    file.write_text("precious")

    with pytest.raises(StartError):
        bind_file(str(file), what="--smtp")

    assert file.read_text() == "precious"


def test_a_socket_file_in_a_directory_that_is_not_there_is_named(tmp_path):
    path = str(tmp_path / "missing" / "smtp")

    with pytest.raises(StartError) as caught:
        bind_file(path, what="--smtp")

    assert str(caught.value) == f"--smtp {path}: there is no such directory; make it, or choose another file"


@pytest.mark.parametrize(
    ("host", "shown"),
    [("127.0.0.1", "127.0.0.1:25"), ("::1", "[::1]:25"), ("mail.example.org", "mail.example.org:25")],
)
def test_an_address_is_shown(host, shown):
    assert format_address(host, 25) == shown


def test_a_port_that_is_held_takes_nobody():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with hold("127.0.0.1", port), pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_a_port_that_somebody_has_cannot_be_held():
    with bind("127.0.0.1", 0, what="--smtp") as taken:
        assert hold(*taken.getsockname()) is None


@pytest.mark.parametrize(
    ("host", "is_it"),
    [
        ("localhost", True),
        ("127.0.0.2", True),
        ("::1", True),
        ("[::1]", True),
        ("app.localhost.", True),
        ("localhost.example.org", False),
        ("mail.example.org", False),
        ("0.0.0.0", False),
        ("192.0.2.1", False),
    ],
)
def test_loopback_is_known_by_name_and_by_address(host, is_it):
    assert is_loopback(host) is is_it

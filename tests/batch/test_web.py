"""Reading the web from servers that misbehave: each ends in time, by name, and no private address is ever asked."""

from __future__ import annotations

import gzip
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from communique.batch.web import Transient, Web
from communique.errors import TooLargeError, UnreadableError, UnsupportedError
from communique.ingest import fetch


class Misbehaving(BaseHTTPRequestHandler):
    """What each path does is its name."""

    protocol_version = "HTTP/1.1"
    asked: list[str]

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self.asked.append(f"{self.headers['Host']}{self.path}")
        try:
            getattr(self, "do" + self.path.partition("?")[0].replace("/", "_").replace(".", "_"), self.do_missing)()
        except OSError:
            self.close_connection = True

    def send(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_missing(self) -> None:
        self.send(404)

    def do_robots_txt(self) -> None:
        if self.headers["Host"].startswith("down."):
            self.send(503)
        else:
            self.send(200, b"User-agent: *\nDisallow: /private\n")

    def do_ok(self) -> None:
        if self.headers.get("If-None-Match") == '"one"':
            self.send(304)
        else:
            self.send(200, gzip.compress(b"hello"), ETag='"one"', Content_Encoding="gzip", Content_Type="text/html; charset=utf-8")

    do_private = do_ok

    def do_broken(self) -> None:
        self.send(500)

    def do_busy(self) -> None:
        self.send(503, Retry_After="1200")

    def do_loop(self) -> None:
        self.send(302, Location="/loop")

    def do_away(self) -> None:
        self.send(302, Location="http://169.254.169.254/latest/meta-data")

    def do_inside(self) -> None:
        self.send(302, Location=f"http://127.0.0.1:{self.server.server_address[1]}/ok")

    def do_silent(self) -> None:
        time.sleep(5)

    def do_drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        for _ in range(40):
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(0.2)

    def do_headers(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for n in range(40):
            self.wfile.write(f"X-{n}: 1\r\n".encode())
            self.wfile.flush()
            time.sleep(0.2)

    def do_endless(self) -> None:
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        for _ in range(2000):
            self.wfile.write(b"x" * 65536)

    def do_bomb(self) -> None:
        self.send(200, gzip.compress(b"\0" * 20_000_000), Content_Encoding="gzip")

    def do_cut(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"half")
        self.wfile.flush()
        self.close_connection = True

    def do_garbage(self) -> None:
        self.wfile.write(b"\x00\x01 this is not HTTP\r\n\r\n")
        self.close_connection = True


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    handler = type("Handler", (Misbehaving,), {"asked": []})
    found = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    found.daemon_threads = True
    threading.Thread(target=found.serve_forever, args=(0.05,), daemon=True).start()
    yield found
    found.shutdown()
    found.server_close()


def web_to(server: ThreadingHTTPServer, **options: object) -> Web:
    def resolve(url: str) -> tuple[str, str, int]:
        parts = urlsplit(url)
        if (parts.hostname or "").endswith(".test") and parts.port is None:
            return "127.0.0.1", str(parts.hostname), server.server_address[1]
        return fetch.pinned_address(url)

    chosen = {"gap": 0.0, "seconds": 1.5, "max_bytes": 1_000_000, **options}
    return Web(resolve=resolve, **chosen)  # type: ignore[arg-type]


def asked(server: ThreadingHTTPServer) -> list[str]:
    found: list[str] = server.RequestHandlerClass.asked  # type: ignore[attr-defined]
    return found


def test_page_is_read_and_asked_for_conditionally(server: ThreadingHTTPServer) -> None:
    web = web_to(server)
    reply = web.get("http://paper.test/ok")
    assert (reply.status, reply.body, reply.charset, reply.content_type) == (200, b"hello", "utf-8", "text/html")
    assert web.get("http://paper.test/ok", headers={"If-None-Match": reply.headers["etag"]}).status == 304
    assert web.get("http://paper.test/nothing").status == 404
    assert asked(server) == ["paper.test/robots.txt", "paper.test/ok", "paper.test/ok", "paper.test/nothing"]


def test_robots_are_honoured_and_a_failing_one_forbids(server: ThreadingHTTPServer) -> None:
    web = web_to(server)
    with pytest.raises(UnsupportedError, match="robots"):
        web.get("http://paper.test/private")
    with pytest.raises(Transient, match="503"):
        web.get("http://down.test/ok")
    assert not [a for a in asked(server) if not a.endswith("robots.txt")]


@pytest.mark.parametrize("path", ["away", "inside"])
def test_redirect_to_a_private_address_is_refused(server: ThreadingHTTPServer, path: str) -> None:
    with pytest.raises(UnsupportedError):
        web_to(server).get(f"http://paper.test/{path}")
    assert asked(server) == ["paper.test/robots.txt", f"paper.test/{path}"]


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://[::1]/", "http://10.0.0.1/", "ftp://paper.test/", "http://paper.test:8080/", "http://u@169.254.169.254/"])
def test_guard_stands_without_a_redirect(url: str) -> None:
    with pytest.raises((UnsupportedError, UnreadableError)):
        Web(gap=0.0).get(url)


@pytest.mark.parametrize("path", ["silent", "drip", "headers"])
def test_slow_servers_end_at_the_deadline(server: ThreadingHTTPServer, path: str) -> None:
    start = time.monotonic()
    with pytest.raises(Transient):
        web_to(server).get(f"http://paper.test/{path}")
    assert time.monotonic() - start < 4


@pytest.mark.parametrize("path", ["endless", "bomb"])
def test_too_much_is_cut_off(server: ThreadingHTTPServer, path: str) -> None:
    with pytest.raises(TooLargeError):
        web_to(server, seconds=20.0).get(f"http://paper.test/{path}")


@pytest.mark.parametrize("path", ["broken", "cut", "garbage"])
def test_broken_answers_are_worth_another_try(server: ThreadingHTTPServer, path: str) -> None:
    with pytest.raises(Transient):
        web_to(server).get(f"http://paper.test/{path}")


def test_busy_server_says_when(server: ThreadingHTTPServer) -> None:
    with pytest.raises(Transient) as caught:
        web_to(server).get("http://paper.test/busy")
    assert caught.value.after == 1200


def test_redirect_loop_ends(server: ThreadingHTTPServer) -> None:
    with pytest.raises(UnreadableError, match="redirects"):
        web_to(server).get("http://paper.test/loop")
    assert len(asked(server)) <= fetch.MAX_REDIRECTS + 2


def test_refused_connection_is_transient() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    web = Web(resolve=lambda url: ("127.0.0.1", "paper.test", port), gap=0.0)
    with pytest.raises(Transient):
        web.get("http://paper.test/")


def test_one_host_is_asked_with_a_gap_and_others_are_not_kept(server: ThreadingHTTPServer) -> None:
    slept: list[float] = []
    web = web_to(server, gap=2.0, sleep=slept.append)
    web.get("http://a.test/ok")
    web.get("http://b.test/ok")
    first = len(slept)
    web.get("http://a.test/ok")
    assert first == 2 and len(slept) == 3, "one wait each between robots.txt and page, one before the next page"
    assert 1.0 < slept[0] <= 2.0 and slept[2] > 2.0


def _certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A new key and its own certificate for paper.test."""
    key, cert = folder / f"{name}.key.pem", folder / f"{name}.cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=paper.test",
               "-addext", "subjectAltName=DNS:paper.test", "-keyout", str(key), "-out", str(cert)]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    return cert, key


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate with")
def test_certificate_that_is_not_trusted_is_not_read(tmp_path: Path, server: ThreadingHTTPServer) -> None:
    cert, key = _certificate(tmp_path, "one")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with pytest.raises(Transient, match="CERTIFICATE_VERIFY_FAILED"):
        web_to(server, seconds=10.0).get("https://paper.test/ok")
    trusting = ssl.create_default_context(cafile=str(cert))
    assert web_to(server, seconds=10.0, context=trusting).get("https://paper.test/ok").body == b"hello", "the name is verified, the address pinned"
    with pytest.raises(Transient, match="CERTIFICATE_VERIFY_FAILED"):
        web_to(server, seconds=10.0, context=ssl.create_default_context(cafile=str(cert))).get("https://other.test/ok")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate with")
def test_certificate_that_changes_to_one_not_trusted_ends_the_reading(tmp_path: Path, server: ThreadingHTTPServer) -> None:
    one, two = _certificate(tmp_path, "one"), _certificate(tmp_path, "two")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*one)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    web = web_to(server, seconds=10.0, context=ssl.create_default_context(cafile=str(one[0])))
    assert web.get("https://paper.test/ok").body == b"hello"
    context.load_cert_chain(*two)  # the same name, another key: a new connection shows it
    with pytest.raises(Transient, match="CERTIFICATE_VERIFY_FAILED"):
        web.get("https://paper.test/ok")
    context.load_cert_chain(*one)
    assert web.get("https://paper.test/ok").body == b"hello", "and the reading goes on when the old one is back"

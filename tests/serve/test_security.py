"""The security table: what must be refused is refused, in one line, and what may pass passes."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from tests.serve.conftest import HOSTS, addresses

from communique.config import Settings
from communique.errors import ConfigError
from communique.serve import make_app, run, security
from communique.serve.security import MAX_BODY, Limiter, read_token

TOKEN = "a-token-of-some-length"
Client = TestClient[Litestar]


@pytest.fixture
def client(fresh: Path) -> Iterator[Client]:
    with TestClient(make_app(fresh, hosts=HOSTS)) as found:
        yield found


def csrf(client: Client) -> str:
    token: str = client.get("/api/session").json()["csrf"]
    return token


def first(client: Client) -> str:
    id: str = client.get("/mentions.json").json()["rows"][0]["id"]
    return id


def act(client: Client, token: str, **headers: str) -> int:
    data = {"csrf": token, "target": first(client), "act": "accept", "back": "/events"}
    return client.post("/review/act", data=data, headers=headers, follow_redirects=False).status_code


def test_every_answer_carries_the_policy(client: Client) -> None:
    for address in (*addresses(client)[:6], "/nothing", "/static/nothing", "/api/openapi.json"):
        headers = client.get(address).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'self'") and "unsafe" not in policy and "*" not in policy and "http" not in policy
        assert headers["x-content-type-options"] == "nosniff" and headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"


def test_own_form_passes_and_is_kept(client: Client) -> None:
    assert act(client, csrf(client)) == 303
    assert client.get("/api/reviews").json()[0]["act"] == "accept"


def test_no_csrf_token(client: Client) -> None:
    for wrong in ("", "0" * 64):
        assert act(client, wrong) == 403
    assert client.post("/api/review", json={"target": "x", "act": "accept"}).status_code == 403
    assert client.get("/api/reviews").json() == []


def test_another_visitors_csrf_token(client: Client, fresh: Path) -> None:
    stolen = csrf(client)
    client.cookies.clear()
    assert act(client, stolen) == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://testserver.local.evil.example", "http://testserver.local:81"])
def test_foreign_origin(client: Client, origin: str) -> None:
    assert act(client, csrf(client), origin=origin) == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_foreign_fetch_site(client: Client, site: str) -> None:
    assert act(client, csrf(client), **{"sec-fetch-site": site}) == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "", "localhost, evil.example", "[::1", "localhost/../evil"])
def test_forged_host(client: Client, host: str) -> None:
    assert client.get("/events", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8787", "127.0.0.1:1"])
def test_own_host(client: Client, host: str) -> None:
    assert client.get("/events", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/static/../app.py", "/static/..%2fapp.py", "/static/%2e%2e/%2e%2e/config.py", "/static//etc/passwd", "/static/assets.json", "/..%2f..%2fetc/passwd",
     "/document/..%2f..%2fetc%2fpasswd", "/api/export/..%2fcsv", "/static/app.css%00.svg"],
)  # fmt: skip
def test_path_tricks(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (400, 404) and "root:" not in answer.text and "import" not in answer.text[:40]


def test_a_body_that_is_too_large(client: Client) -> None:
    token = csrf(client)
    told = client.post("/add/files", content=b"x" * 10, headers={"content-length": str(100 * 1024 * 1024), "x-csrf-token": token})
    assert told.status_code == 413

    def lying() -> Iterator[bytes]:
        for _ in range(MAX_BODY // 1_000_000 + 2):
            yield b"x" * 1_000_000

    assert client.post("/add/files", content=lying(), headers={"x-csrf-token": token}).status_code == 413


def test_a_client_that_drips_is_let_go(fresh: Path) -> None:
    app = make_app(fresh, hosts=frozenset({"localhost"}), token="t" * 32)
    gate: Any = app.asgi_handler
    gate.body_seconds = 0.2
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0.05)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/api/review", "raw_path": b"/api/review", "query_string": b"", "root_path": "", "scheme": "http",
        "http_version": "1.1", "headers": [(b"host", b"localhost"), (b"authorization", b"Bearer " + b"t" * 32)], "client": ("127.0.0.1", 9), "server": ("localhost", 80),
    }  # fmt: skip
    began = time.monotonic()
    asyncio.run(gate(scope, receive, send))
    assert sent[0]["status"] == 408 and time.monotonic() - began < 5
    app.state.site.store.close()


@pytest.fixture
def real(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of the application as `communique serve` runs it, with a second for a request's head and body."""
    import uvicorn

    from communique.serve.app import configured

    monkeypatch.setattr(security, "HEAD_SECONDS", 1.0)
    app = make_app(fresh, hosts=HOSTS)
    gate: Any = app.asgi_handler
    gate.body_seconds = 1.0
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(configured(app))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])), daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join(30)


def asked(port: int, sent: list[bytes], *, every: float = 0.05) -> bytes:
    """All that a server answers to these pieces, until it closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        try:
            for piece in sent:
                line.sendall(piece)
                time.sleep(every)
            line.settimeout(60)
        except OSError:
            pass  # it has hung up
        found = b""
        try:
            while part := line.recv(65536):
                found += part
        except OSError:
            pass
    return found


HEAD = b"GET /api/session HTTP/1.1\r\nHost: localhost\r\n"


def test_a_real_server_lets_go_of_heads_that_drip(real: int) -> None:
    for sent in ([], [b"G", b"E", b"T"], [HEAD, *[b"x"] * 400], [HEAD + b"\r\n", b"G", *[b"E"] * 400]):
        began = time.monotonic()
        found = asked(real, sent)
        assert time.monotonic() - began < 15, "400 pieces of a twentieth of a second each take 20"
        assert found.count(b"HTTP/1.1 200") == (1 if sent[:1] == [HEAD + b"\r\n"] else 0)


def test_a_real_server_answers_slow_and_repeated_requests(real: int) -> None:
    end = b"Connection: close\r\n\r\n"
    assert asked(real, [HEAD[:9], HEAD[9:], end], every=0.2).startswith(b"HTTP/1.1 200")
    assert asked(real, [*[HEAD + b"\r\n"] * 5, HEAD + end], every=0.4).count(b"HTTP/1.1 200") == 6, "a line kept open longer than one head's time"


def test_a_real_server_takes_so_many_requests_a_minute(real: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "READS_PER_MINUTE", 5)
    codes = [asked(real, [HEAD + b"Connection: close\r\n\r\n"], every=0).split(b"\r\n")[0].split()[1] for _ in range(7)]
    assert codes == [b"200"] * 5 + [b"429"] * 2
    assert b"retry-after: 30" in asked(real, [HEAD + b"Connection: close\r\n\r\n"]).lower()


def test_a_real_server_refuses_bodies_that_drip_or_are_too_large(real: int) -> None:
    post = b"POST /api/review HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
    assert asked(real, [post + b"Content-Length: 1000\r\n\r\n", *[b"x"] * 400]).startswith(b"HTTP/1.1 408")
    assert asked(real, [post + b"Content-Length: 104857600\r\n\r\n"]).startswith(b"HTTP/1.1 413")
    assert asked(real, [b"GET /events HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"]).startswith(b"HTTP/1.1 421")
    for path in (b"/static/../../etc/passwd", b"/static/%2e%2e/%2e%2e/etc/passwd", b"//etc/passwd"):
        found = asked(real, [b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"])
        assert found.split()[1] in (b"400", b"404") and b"root:" not in found, path


def test_redirects_stay_inside(client: Client) -> None:
    token = csrf(client)
    for back in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/ok\r\nset-cookie: a=b"):
        data = {"csrf": token, "target": first(client), "act": "accept", "back": back}
        answer = client.post("/review/act", data=data, follow_redirects=False)
        assert answer.headers["location"] == "/" and "a=b" not in str(answer.headers), back


def test_other_methods(client: Client) -> None:
    token = csrf(client)
    for method in ("PUT", "DELETE", "PATCH", "TRACE"):
        assert client.request(method, "/events", headers={"x-csrf-token": token}).status_code in (403, 405)
    assert client.options("/events", headers={"origin": "http://evil.example"}).headers.get("access-control-allow-origin") is None


def test_token_is_asked_of_everyone(fresh: Path) -> None:
    with TestClient(make_app(fresh, token=TOKEN, hosts=HOSTS)) as client:
        assert client.get("/events.json").status_code == 401
        assert client.get("/api/events").status_code == 401
        assert client.get("/events", headers={"accept": "text/html"}, follow_redirects=False).headers["location"] == "/enter"
        assert client.get("/events", headers={"authorization": "Bearer wrong"}).status_code == 401
        assert client.get("/events", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200
        page = client.get("/enter")
        token = page.text.split('name="csrf" value="')[1].split('"')[0]
        assert client.post("/enter", data={"csrf": token, "token": "wrong-token-wrong"}, follow_redirects=False).status_code == 403
        told = client.post("/enter", data={"csrf": token, "token": TOKEN}, follow_redirects=False)
        cookie = next(c for c in told.headers.get_list("set-cookie") if c.startswith("communique_token"))
        assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and TOKEN not in cookie
        assert client.get("/events").status_code == 200


def test_bearer_needs_no_csrf(fresh: Path) -> None:
    with TestClient(make_app(fresh, token=TOKEN, hosts=HOSTS)) as client:
        headers = {"authorization": f"Bearer {TOKEN}"}
        id = client.get("/mentions.json", headers=headers).json()["rows"][0]["id"]
        assert client.post("/api/review", json={"target": id, "act": "accept", "by": "Ann"}, headers=headers).status_code == 201


def test_guessing_tokens_is_slowed(fresh: Path) -> None:
    with TestClient(make_app(fresh, token=TOKEN, hosts=HOSTS)) as client:
        codes = [client.get("/events.json", headers={"authorization": f"Bearer {n}"}).status_code for n in range(25)]
        assert codes[0] == 401 and codes[-1] == 429


def test_read_only_takes_no_change(fresh: Path) -> None:
    with TestClient(make_app(fresh, read_only=True, hosts=HOSTS)) as client:
        assert act(client, csrf(client)) == 405
        assert client.post("/add/sample", data={"csrf": csrf(client)}).status_code == 405
        assert 'method="post"' not in client.get("/events").text + client.get(f"/review/{first(client)}").text


def test_rate_limit_forgets_after_a_minute() -> None:
    now = [0.0]
    limiter = Limiter(lambda: now[0])
    assert [limiter.allow("a", "read", 2) for _ in range(3)] == [True, True, False]
    assert limiter.allow("b", "read", 2)
    now[0] = 61
    assert limiter.allow("a", "read", 2)


def test_token_file(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(TOKEN + "\n")
    os.chmod(path, 0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        read_token(str(path))
    os.chmod(path, 0o600)
    assert read_token(str(path)) == TOKEN
    path.write_text("short")
    with pytest.raises(ConfigError, match="16 characters"):
        read_token(str(path))
    with pytest.raises(ConfigError, match="cannot be read"):
        read_token(str(tmp_path / "none"))


def test_off_loopback_without_a_token_is_refused(fresh: Path) -> None:
    with pytest.raises(ConfigError, match="a token is needed"):
        run(Settings(store=str(fresh), host="0.0.0.0", port=0))  # refused before anything listens

"""Answers are sent packed to who takes gzip, and to nobody for whom their length could tell a secret."""

from __future__ import annotations

import gzip
import re

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from tests.serve.conftest import addresses

from communique.serve import render, security
from communique.serve.packing import accepts

Client = TestClient[Litestar]
SITE = {"accept-encoding": "gzip"}


def raw(client: Client, address: str, **headers: str) -> tuple[dict[str, str], bytes]:
    """An answer's headers and its bytes as they were sent."""
    with client.stream("GET", address, headers={"accept-encoding": "identity", **headers}) as answer:
        assert answer.status_code in (200, 304), (address, answer.status_code, answer.read())
        return dict(answer.headers), b"".join(answer.iter_raw())


def untokened(body: bytes) -> bytes:
    return re.sub(rb"[0-9a-f]{128}", b"", body)


@pytest.mark.parametrize(
    ("header", "taken"),
    [("gzip", True), ("br, gzip;q=0.5", True), ("*", True), ("GZIP", True), ("gzip;q=0", False), ("*;q=0", False), ("gzip;q=0, *", False), ("identity", False), ("", False), ("gzip;q=x", False)],
)
def test_what_a_browser_takes(header: str, taken: bool) -> None:
    assert accepts(header) is taken


def test_every_page_is_sent_packed_and_is_the_same(client: Client) -> None:
    for address in [*addresses(client), "/events.json", "/events.csv", "/api/events"]:
        plain, bare = raw(client, address)
        headers, body = raw(client, address, **SITE)
        assert headers["content-encoding"] == "gzip" and "content-encoding" not in plain, address
        assert int(headers["content-length"]) == len(body) < len(bare), address
        assert untokened(gzip.decompress(body)) == untokened(bare), address
        assert headers.get("etag") == plain.get("etag") and (address.startswith("/api/") or headers["etag"].startswith('W/"')), address
        for found in (headers, plain):
            assert [v.strip() for v in found["vary"].split(",")].count("accept-encoding") == 1, address


def test_an_etag_holds_for_both_forms(client: Client) -> None:
    for address in ("/events", "/events.json", "/"):
        first = client.get(address, headers=SITE)
        for accepted in ("gzip", "identity"):
            for given in (first.headers["etag"], first.headers["etag"].removeprefix("W/"), f'"x", {first.headers["etag"]}'):
                again, body = raw(client, address, **{"accept-encoding": accepted, "if-none-match": given})
                assert body == b"" and "content-encoding" not in again and "accept-encoding" in again["vary"], address
                assert client.get(address, headers={"if-none-match": given}).status_code == 304


def test_an_etag_is_of_one_visitor_where_a_form_is(client: Client) -> None:
    other = {"cookie": f"{security.SESSION}={'a' * 43}"}
    assert client.get("/add").headers["etag"] != client.get("/add", headers=other).headers["etag"]
    assert client.get("/events.json").headers["etag"] == client.get("/events.json", headers=other).headers["etag"]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_nothing_is_packed_for_another_site(client: Client, site: str) -> None:
    assert "content-encoding" not in raw(client, "/search?q=token", **SITE, **{"sec-fetch-site": site})[0]
    assert raw(client, "/search?q=token", **SITE, **{"sec-fetch-site": "same-origin"})[0]["content-encoding"] == "gzip"


def test_assets_are_packed_and_refused_as_they_were(client: Client) -> None:
    for name in render.assets().values():
        headers, body = raw(client, f"/static/{name}", **SITE)
        assert headers["content-encoding"] == "gzip" and gzip.decompress(body) == render.asset_bytes(name)
        assert raw(client, f"/static/{name}")[1] == render.asset_bytes(name)
        assert headers["vary"] == "accept-encoding"
    assert client.get("/static/nothing.js", headers=SITE).status_code == 404


def test_a_page_carries_another_token_each_time_and_each_is_good(client: Client) -> None:
    seen = {re.search(r'name="csrf" content="([0-9a-f]+)"', client.get("/").text)[1] for _ in range(3)}  # type: ignore[index]
    token = client.get("/api/session").json()["csrf"]
    assert len(seen) == 3 and token not in seen and {security.unmasked(s) for s in seen} == {token}
    one = client.get("/add").text
    assert len(set(re.findall(r'name="csrf" (?:value|content)="([^"]+)"', one))) == 1, "one mask a page"
    assert token not in one


@pytest.mark.parametrize("value", ["", "x", "ab" * 64, "ab" * 32, "é" * 128, "0" * 127])
def test_a_token_that_is_none_unmasks_to_nothing_that_is_one(value: str) -> None:
    assert security.unmasked(value) != security.unmasked(security.masked("ab" * 32)) or value == "ab" * 32

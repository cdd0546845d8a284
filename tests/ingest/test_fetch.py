"""Fetching refuses every address that is not public, before and after a redirect."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from communique.errors import UnsupportedError, UsageError
from communique.ingest import fetch
from communique.ingest.formats import read_documents
from communique.records import Document, Failure


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "0.0.0.0", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "fe80::1", "224.0.0.1", "100.64.0.1", "fd00::1"],
)
def test_address_is_not_public(address: str) -> None:
    assert not fetch.is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111"])
def test_address_is_public(address: str) -> None:
    assert fetch.is_public(address)


@pytest.mark.parametrize(
    "url", ["ftp://paper.example/", "file:///etc/passwd", "http://paper.example:8080/", "http://user@paper.example/", "http://127.0.0.1/", "http://[::1]/", "http://[bad"]
)
def test_url_is_refused(url: str) -> None:
    with pytest.raises(UnsupportedError):
        fetch.pinned_address(url)


def test_one_private_address_among_several_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [(2, 1, 6, "", ("8.8.8.8", 80)), (2, 1, 6, "", ("10.0.0.1", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: entries)
    with pytest.raises(UnsupportedError, match="public"):
        fetch.pinned_address("http://paper.example/")


def test_redirect_to_metadata_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def get(url: str, deadline: float) -> tuple[int, dict[str, str], bytes]:
        asked.append(url)
        if "169.254" in url:
            fetch.pinned_address(url)
        return (404, {}, b"") if url.endswith("robots.txt") else (302, {"location": "http://169.254.169.254/latest"}, b"")

    monkeypatch.setattr(fetch, "_get", get)
    with pytest.raises(UnsupportedError, match="public"):
        fetch.fetch("http://paper.example/a")
    assert asked[:2] == ["http://paper.example/robots.txt", "http://paper.example/a"]


def test_address_is_refused_unless_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "fetch", lambda url: pytest.fail("a connection was opened"))
    with pytest.raises(UsageError, match="--fetch"):
        list(read_documents("https://paper.example/a"))


PAGE = b"<html><body><article><h1>Border talks resume</h1>" + b"".join(
    f"<p>Envoys of the two states met for the {n}th time in the port city, officials of both sides told reporters.</p>".encode() for n in range(4, 9)
) + b"</article></body></html>"
FEED = b"""<rss version="2.0"><channel><title>Paper</title><item><title>Talks resume</title><link>https://paper.example/b</link>
<description>Envoys of the two states met again in the port city, officials said.</description></item></channel></rss>"""


def _answers(monkeypatch: pytest.MonkeyPatch, body: bytes, kind: str) -> list[str]:
    asked: list[str] = []

    def answer(url: str) -> fetch.Fetched:
        asked.append(url)
        return fetch.Fetched(url, kind, "utf-8", body)

    monkeypatch.setattr(fetch, "fetch", answer)
    return asked


def test_address_is_read_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    _answers(monkeypatch, PAGE, "text/html")
    (doc,) = read_documents("https://paper.example/a", fetch=True)
    assert isinstance(doc, Document)
    assert doc.url == "https://paper.example/a"
    assert doc.fetched is not None
    assert "Border talks resume" in doc.text


def test_feeds_of_a_list_are_fetched_only_when_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = _answers(monkeypatch, FEED, "application/rss+xml")
    path = tmp_path / "feeds.opml"
    path.write_text('<opml version="2.0"><body><outline text="Paper" xmlUrl="https://paper.example/rss"/></body></opml>')
    (row,) = read_documents(path)
    assert isinstance(row, Failure)
    assert row.reason == "not fetched"
    assert asked == []
    (doc,) = read_documents(path, fetch=True)
    assert isinstance(doc, Document)
    assert doc.url == "https://paper.example/b"
    assert asked == ["https://paper.example/rss"]

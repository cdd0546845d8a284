"""Fetching refuses every address that is not public, before and after a redirect."""

from __future__ import annotations

import socket

import pytest

from communique.errors import UnsupportedError
from communique.ingest import fetch


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

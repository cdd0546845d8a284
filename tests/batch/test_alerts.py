"""Alerts: one an event whatever becomes of it, signed, tried again, gathered when asked."""

from __future__ import annotations

import hashlib
import hmac
import json
import socketserver
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest
from tests.store import factory

from communique.batch import alerts
from communique.batch.alerts import AlertState, Delivery, Query
from communique.records import EventMention
from communique.store import Store, open_store

NOW = 1_750_000_000.0


class Receiver(HTTPServer):
    """Keeps what it is sent; `answers` are the statuses it gives, then 200."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def log_message(self, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
        status = self.server.answers.pop(0) if self.server.answers else 200
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    threading.Thread(target=found.serve_forever, args=(0.05,), daemon=True).start()
    yield found
    found.shutdown()
    found.server_close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "a.db") as found:
        yield found


def put(store: Store, *groups: tuple[int, ...]) -> list[EventMention]:
    """Reports by number, their mentions joined to events by group."""
    made = {n: factory.simple(n) for group in groups for n in group}
    for item in made.values():
        store.add(item)
    events = [factory.event(*(made[n].mentions[0] for n in group)) for group in groups]
    store.replace_derived(events=events, stories=(), commitments=(), discrepancies=(), copies=())
    return [m for item in made.values() for m in item.mentions]


def query(**fields: object) -> Query:
    values: dict[str, object] = {"name": "Japan", "filter": {"actor": "JPN"}, "deliver": (), **fields}
    return Query(**values)  # type: ignore[arg-type]


def test_an_event_is_told_once_however_it_grows_merges_or_is_coded_again(store: Store) -> None:
    state, one = AlertState(), (query(),)
    alerts.prime(store, one, state)
    put(store, (1,), (2,))
    assert alerts.find_alerts(store, one, state, now=NOW) == 2
    assert alerts.find_alerts(store, one, state, now=NOW) == 0
    put(store, (1, 3), (2,))
    assert alerts.find_alerts(store, one, state, now=NOW) == 0, "another report of a told event"
    put(store, (1, 2, 3))
    assert alerts.find_alerts(store, one, state, now=NOW) == 0, "two told events turn out to be one"
    put(store, (1, 3), (2,))
    assert alerts.find_alerts(store, one, state, now=NOW) == 0, "and are parted again"
    put(store, (1, 3), (2,), (4,))
    assert alerts.find_alerts(store, one, state, now=NOW) == 1
    again = factory.simple(1)
    renamed = msgspec.structs.replace(again.mentions[0], id="m_other")
    store.add(msgspec.structs.replace(again, mentions=(renamed,)), run=factory.recode_run())
    store.replace_derived(events=[factory.event(renamed)], stories=(), commitments=(), discrepancies=(), copies=())
    assert alerts.find_alerts(store, one, state, now=NOW) == 0, "the same words coded again"


def test_query_starts_from_now_unless_it_asks_for_the_past(store: Store) -> None:
    put(store, (1,), (2,))
    both = (query(name="new"), query(name="all", backfill=True))
    state = AlertState()
    alerts.prime(store, both, state)
    assert alerts.find_alerts(store, both, state, now=NOW) == 2
    assert [len(state.queries[n].latest) for n in ("new", "all")] == [0, 2]


def test_webhook_is_signed_tried_again_and_keeps_its_id(store: Store, receiver: Receiver, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hush\n")
    hook = Delivery(kind="webhook", url=f"http://127.0.0.1:{receiver.server_address[1]}/hook", secret_file=str(tmp_path / "secret"))
    one, state = (query(deliver=(hook,)),), AlertState()
    put(store, (1,))
    alerts.find_alerts(store, one, state, now=NOW)
    receiver.answers = [500, 302]
    assert len(list(alerts.deliver(one, state, now=NOW))) == 1
    assert list(alerts.deliver(one, state, now=NOW + 1)) == [] and len(receiver.got) == 1, "not before its pause is over"
    restored = msgspec.json.decode(msgspec.json.encode(state), type=AlertState)
    assert len(list(alerts.deliver(one, restored, now=NOW + 61))) == 1, "a redirect is no receipt"
    assert list(alerts.deliver(one, restored, now=NOW + 600)) == []
    assert restored.outbox == [] and len(receiver.got) == 3
    headers, body = receiver.got[-1]
    stamp, _, mac = headers["x-communique-signature"].partition(",v1=")
    assert mac == hmac.new(b"hush", stamp[2:].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert len({h["idempotency-key"] for h, _ in receiver.got}) == 1
    alert = json.loads(body)["alerts"][0]
    assert alert["quote"] == "Report 1: Japan met South Korea for talks number 1."


def test_webhook_that_never_answers_is_given_up_by_name(store: Store) -> None:
    one, state = (query(deliver=(Delivery(kind="webhook", url="http://127.0.0.1:9/"),)),), AlertState()
    put(store, (1,))
    alerts.find_alerts(store, one, state, now=NOW)
    lines = [line for n in range(alerts.MAX_TRIES + 1) for line in alerts.deliver(one, state, now=NOW + n * 50_000.0)]
    assert len(lines) == alerts.MAX_TRIES and "given up" in lines[-1]
    assert state.outbox == []


def test_digest_gathers(store: Store, receiver: Receiver) -> None:
    hook = Delivery(kind="webhook", url=f"http://127.0.0.1:{receiver.server_address[1]}/")
    one, state = (query(deliver=(hook,), digest="daily"),), AlertState()
    alerts.prime(store, one, state)
    for number in (1, 2, 3):
        put(store, *[(n,) for n in range(1, number + 1)])
        alerts.find_alerts(store, one, state, now=NOW + number)
        assert list(alerts.deliver(one, state, now=NOW + number * 3600.0)) == []
    assert receiver.got == []
    assert list(alerts.deliver(one, state, now=NOW + 90_010.0)) == []
    assert [len(json.loads(b)["alerts"]) for _, b in receiver.got] == [3]


def test_feed_and_calendar_are_well_formed_whatever_the_words(store: Store, tmp_path: Path) -> None:
    files = (Delivery(kind="rss", path=str(tmp_path / "out" / "a.xml")), Delivery(kind="ics", path=str(tmp_path / "out" / "a.ics")))
    one, state = (query(name="A & B; <c>, d", deliver=files),), AlertState()
    made = [factory.simple(n) for n in (1, 2)]
    for item in made:
        store.add(item)
    headline = "Talks; \\ commas, <tags> & \x01 controls " + "é" * 80
    events = [factory.event(made[0].mentions[0], headline=headline), factory.event(made[1].mentions[0], when=factory.When())]
    store.replace_derived(events=events, stories=(), commitments=(), discrepancies=(), copies=())
    assert alerts.find_alerts(store, one, state, now=NOW) == 2
    assert list(alerts.deliver(one, state, now=NOW)) == []
    titles = [t.text for t in ElementTree.parse(tmp_path / "out" / "a.xml").iterfind(".//item/title")]
    assert headline.replace("\x01", "") in titles
    calendar = (tmp_path / "out" / "a.ics").read_bytes().decode()
    assert calendar.count("BEGIN:VEVENT") == 1, "an event without a day is in no calendar"
    assert all(len(line.encode()) <= 75 for line in calendar.split("\r\n"))
    assert "DTSTART;VALUE=DATE:20250908" in calendar
    assert "SUMMARY:Talks\\; \\\\ commas\\, <tags> & " in calendar.replace("\r\n ", "")


class _Mail(socketserver.StreamRequestHandler):
    """As little of a mail server as takes a message."""

    def handle(self) -> None:
        self.wfile.write(b"220 test\r\n")
        data = False
        for line in self.rfile:
            if data:
                data = line.strip() != b"."
                self.server.got.append(line)  # type: ignore[attr-defined]
                if not data:
                    self.wfile.write(b"250 ok\r\n")
            elif line.upper().startswith(b"DATA"):
                data = True
                self.wfile.write(b"354 go on\r\n")
            elif line.upper().startswith(b"QUIT"):
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")


def test_mail_carries_the_words_and_no_header_can_be_slipped_in(store: Store) -> None:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Mail) as server:
        server.got = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        mail = Delivery(kind="smtp", host="127.0.0.1", port=server.server_address[1], sender="desk@paper.example", to=("reader@paper.example",))
        one, state = (query(name="Japan\nBcc: other@paper.example", deliver=(mail,)),), AlertState()
        put(store, (1,))
        alerts.find_alerts(store, one, state, now=NOW)
        assert list(alerts.deliver(one, state, now=NOW)) == []
        text = b"".join(server.got).decode()  # type: ignore[attr-defined]
        server.shutdown()
    assert "Report 1: Japan met South Korea" in text
    assert "Subject: [Japan Bcc: other@paper.example]" in text.replace("\r\n ", " ")
    assert "\r\nBcc:" not in text


def test_delivery_that_is_no_longer_asked_for_is_dropped_by_name(store: Store) -> None:
    one, state = (query(deliver=(Delivery(kind="webhook", url="http://127.0.0.1:9/"),)),), AlertState()
    put(store, (1,))
    alerts.find_alerts(store, one, state, now=NOW)
    assert "dropped" in next(alerts.deliver((query(),), state, now=NOW))
    assert state.outbox == []


def test_queries_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "q.toml"
    path.write_text('[[query]]\nname = "Lake"\nfilter = { dyad = "KEN-TZA", type = ["AGREE"] }\ndigest = "daily"\n[[query.deliver]]\nkind = "rss"\npath = "lake.xml"\n')
    found = alerts.load_queries(path)[0]
    assert alerts.filter_of(found).dyad == ("KEN", "TZA")
    assert found.deliver[0].path == "lake.xml"

"""A small store made by hand, with one hostile document in it, and a client for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from tests.store.factory import coded, document, event, mention, party, simple

from communique.records import CodedDocument, Commitment, Discrepancy, Judgement, Span, StateChange, Story, When
from communique.serve import make_app, security
from communique.store import open_store

HOSTS = frozenset({"testserver.local", "localhost", "127.0.0.1"})
LONG = "w" * 50_000
HOSTILE = (
    "<script>alert('title')</script> & \"quotes\"\n\n"
    "Japan <img src=x onerror=alert(1)> accused \u202eaeroK htroN\u202c \U0001f1ef\U0001f1f5\U0001f469\u200d\U0001f680 North Korea of "
    "a breach, z\u0351\u036b\u0343\u036a\u0302\u036b\u033da\u0344\u0341lgo said.\n\n"
    f"{LONG}\n\n"
    "\u0645\u0631\u062d\u0628\u0627 </mark></p></article> {{ 7 * 7 }} \x00\x07 end.\n"
)


def hostile() -> CodedDocument:
    """A report whose every field tries to be markup."""
    doc = document(HOSTILE, source="<b>evil</b>.txt", url="javascript:alert(1)")
    sentence = HOSTILE.split("\n\n")[1]
    found = mention(
        doc, "ACCUSE", "accused", sentence, actors=(party(HOSTILE, "Japan", "JPN", name="<i>Japan</i>"),),
        recipients=(party(HOSTILE, "North Korea", "PRK"),), reasons=("<script>alert('why')</script>",), plover_score=-2.0,
    )  # fmt: skip
    return coded(HOSTILE, (found,), doc=doc, publisher="<script>alert('pub')</script>", published="2026-03-06")


@pytest.fixture(scope="session")
def store_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four documents, three events, a commitment, a difference, a judgement."""
    path = tmp_path_factory.mktemp("serve") / "store.db"
    first = coded(url="https://lakeside.example/accord")
    again = simple(1, actor="KEN", recipient="TZA", day="2026-03-03", type="AGREE", publisher="Harbour Post", published="2026-03-05")
    other = simple(2, actor="JPN", recipient="KOR", day="2026-03-06", publisher="Harbour Post", published="2026-03-06")
    bad = hostile()
    with open_store(path) as store:
        store.add_many([first, again, other, bad])
        agree, aid = first.mentions
        same = Judgement(id="j1", left=min(agree.id, again.mentions[0].id), right=max(agree.id, again.mentions[0].id), kind="same event", score=0.9, reasons=("same day", "<b>same pair</b>"), by="link.v1", at="2026-03-06T00:00:00Z")
        store.judge([same])
        e1 = event(agree, again.mentions[0], publishers=("Lakeside Herald", "Harbour Post"), story="s1", headline="Kenya and Tanzania agree <script>x</script>")
        change = StateChange(state="pledged", at="2026-03-04", mention=aid.id, document=aid.document, evidence=Span(152, 159), reason="first said")
        promise = Commitment(
            id="c1", kind="pledge", by=aid.actors, to=aid.recipients, what="boats <b>worth</b> $2 million", state="pledged", history=(change,),
            due=When(start="2026-06-01", end="2026-07-01", grain="month", basis="stated"), mentions=(aid.id,),
        )  # fmt: skip
        differs = Discrepancy(event=e1.id, field="actors", kind="scope", left=agree.id, right=again.mentions[0].id, left_span=None, right_span=None, left_value="Kenya; <u>Tanzania</u>", right_value="Kenya")
        story = Story(id="s1", documents=(first.article.doc.id, again.article.doc.id), title="Accord", start="2026-03-03", end=None)
        events = [e1, event(aid), event(other.mentions[0], publishers=("Harbour Post",)), event(bad.mentions[0], publishers=("<script>alert('pub')</script>",))]
        store.replace_derived(events, [story], [promise], [differs])
    return path


@pytest.fixture
def fresh(store_path: Path, tmp_path: Path) -> Path:
    """A copy of the store that a test may change."""
    path = tmp_path / "fresh.db"
    with open_store(store_path) as store:
        store.snapshot(path)
    return path


@pytest.fixture(scope="session", autouse=True)
def many_reads() -> Iterator[None]:
    """The tests of a fast machine ask the shared application more than it takes of one visitor in a minute."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(security, "READS_PER_MINUTE", 100 * security.READS_PER_MINUTE)
        yield


@pytest.fixture(scope="session")
def app(store_path: Path) -> Litestar:
    """The application over the shared store; tests that use it change nothing."""
    return make_app(store_path, hosts=HOSTS)


@pytest.fixture(scope="session")
def client(app: Litestar) -> Iterator[TestClient[Litestar]]:
    """A client of it."""
    with TestClient(app) as found:
        yield found


def addresses(client: TestClient[Litestar]) -> list[str]:
    """Every page of the shared store, one of each kind with an id."""
    events = client.get("/events.json").json()["rows"]
    documents = client.get("/documents.json").json()["rows"]
    return [
        "/", "/events", "/mentions", "/documents", "/timeline?period=all", "/dyads", "/dyad/KEN/TZA", "/commitments", "/commitment/c1",
        "/foresight", "/foresight/next", "/foresight/next?actor=KEN", "/foresight/next?dyad=KEN-TZA&horizon=1m", "/foresight/counts",
        "/foresight/counts?dyad=KEN-TZA", "/foresight/warnings?back=91", "/foresight/warnings?off=spike", "/foresight/scoreboard",
        "/foresight/indicators", "/foresight/indicators?dyad=KEN-TZA", "/actors", "/actor/country:KEN", "/network?period=all", "/map?period=all", "/compare",
        "/compare?left=Harbour+Post&right=Lakeside+Herald&period=all", "/compare?left_since=2026-03-01&left_until=2026-03-06&right_since=2026-03-06&right_until=2026-04-01", "/quality", "/sources", "/runs", "/codebook", "/search?q=kenya+tanzania",
        "/review", "/add", "/api", "/story/s1", *(f"/event/{e['id']}" for e in events), *(f"/document/{d['id']}" for d in documents),
        f"/review/{events[0]['mention']}", f"/copies/{documents[0]['id']}/{documents[1]['id']}",
    ]  # fmt: skip


def twin(address: str, kind: str) -> str:
    """The address of a page's twin."""
    path, _, query = address.partition("?")
    return ("/brief" if path == "/" else path) + f".{kind}" + (f"?{query}" if query else "")

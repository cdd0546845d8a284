"""A small linked store: three reports, two events, one commitment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.store.factory import coded, event, mention, party, simple

from communique.records import Commitment, Filter, Span, StateChange, Story, When
from communique.store import Store, open_store

ODD = "=HYPERLINK(\"http://x\",\"odd\") talks\n\nJapan accused North Korea of\ta breach, \"loudly\", officials said.\n"


@pytest.fixture
def linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store with its derived records; the clock stands still, so that exports are the same bytes each time."""
    for module in ("documents", "linked", "judged", "store"):
        monkeypatch.setattr(f"communique.store.{module}.utc_now", lambda: "2026-04-01T12:00:00.000000Z")
    first = coded(url="https://lakeside.example/accord")
    again = simple(1, actor="KEN", recipient="TZA", day="2026-03-03", type="AGREE", publisher="Harbour Post", published="2026-03-05")
    text = ODD
    odd = coded(text, (), published="2026-03-06", publisher="@Evening, Paper", source="odd.txt")
    bad = mention(
        odd.article.doc, "ACCUSE", "accused", "Japan accused North Korea of\ta breach, \"loudly\", officials said.", cameo="112", plover_score=-2.0,
        actors=(party(text, "Japan", "JPN"),), recipients=(party(text, "North Korea", "PRK"),),
    )  # fmt: skip
    odd = coded(text, (bad,), doc=odd.article.doc, published="2026-03-06", publisher="@Evening, Paper")
    with open_store(tmp_path / "linked.db") as store:
        store.add_many([first, again, odd])
        agree, aid = first.mentions
        e1 = event(agree, again.mentions[0], publishers=("Lakeside Herald", "Harbour Post"), story="s1", headline="=SUM(1) Kenya and Tanzania agree")
        change = StateChange(state="pledged", at="2026-03-04", mention=aid.id, document=aid.document, evidence=Span(152, 159), reason="first said")
        commitment = Commitment(
            id="c1", kind="pledge", by=aid.actors, to=aid.recipients, what="boats; worth $2 million, and a very long line of words that must be folded",
            due=When(start="2026-06-01", end="2026-07-01", grain="month", basis="stated"), state="pledged", history=(change,), mentions=(aid.id,),
        )  # fmt: skip
        story = Story(id="s1", documents=(first.article.doc.id, again.article.doc.id, odd.article.doc.id), title="Accord", start="2026-03-03", end=None)
        store.replace_derived([e1, event(aid), event(bad, publishers=("@Evening, Paper",))], [story], [commitment])
        yield store


ALL = Filter(limit=0)

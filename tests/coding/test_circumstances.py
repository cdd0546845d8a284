"""When and where of records, in the shapes that lose them or borrow another's."""

from __future__ import annotations

import pytest

from communique import pipeline

PLACES = [
    ("About 300 Guinean nurses marched through Conakry on Wednesday.", "PROTEST", "Conakry"),
    ("In Lome, about 200 Togolese students marched to the Ghanaian embassy on Tuesday.", "PROTEST", "Lome"),
    ("Two Malian soldiers were killed by Burkinabe guards on Monday near the river town of Segou.", "ASSAULT", "Segou"),
    ("Chadian Foreign Minister Amina Djarma travelled to Niamey on Thursday.", "CONSULT", "Niamey"),
    ("Four Chadian soldiers were shot dead by border guards from Sudan on Monday, the army in N'Djamena said.", "ASSAULT", None),
]


@pytest.mark.parametrize(("text", "kind", "place"), PLACES, ids=[p[0][:40] for p in PLACES])
def test_where_it_happened(text: str, kind: str, place: str | None) -> None:
    found = [m for m in pipeline.code_text(text, published="2026-03-04").mentions if m.type == kind]
    assert len(found) == 1
    assert (found[0].where.name if found[0].where else None) == place


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("The European Union suspended 30 million euros of aid to Chad's customs service on Tuesday.", "2026-03-03"),
        ("Canada gave Chad four patrol boats on Tuesday.", "2026-03-03"),
        ("The two ministers' meeting was put off to Tuesday.", "2026-03-10"),
        ("Kenya is due to sign an accord with Uganda on Tuesday.", "2026-03-10"),
    ],
)
def test_the_weekday_of_what_was_done_and_of_what_was_put_off(text: str, day: str) -> None:
    times = pipeline.code_text(text, published="2026-03-05").times
    assert [t.start for t in times] == [day]

"""Places: readings chosen by what stands around, names that are no places, distances, and the scorer."""

from __future__ import annotations

from pathlib import Path

import pytest

from communique import tables
from communique.annotate.language import parse_article
from communique.evaluate import places as scorer
from communique.evaluate._articles import bare_article
from communique.records import Annotated, Span
from communique.resolve import _gazetteer
from communique.resolve._gazetteer import lookup, place_key
from communique.resolve.places import localities, rank_places, resolve_places


def _rank(text: str, *names: str) -> list[tuple[str, str | None, str]]:
    spans, at = [], 0
    for name in names:
        at = text.index(name, at)
        spans.append(Span(start=at, end=at + len(name)))
        at += len(name)
    return [(r.entry.name, r.entry.country, r.entry.admin1) if r else ("", None, "") for r in rank_places(text, spans)]


def _resolved(text: str) -> dict[str, object]:
    article = bare_article(text, "case")
    done = resolve_places(Annotated(article=article, sentences=parse_article(article)))
    return {text[p.span.start : p.span.end]: p for p in done.places}


@pytest.mark.parametrize(
    ("text", "names", "want"),
    [
        ("The depot in Paris, Texas, burned.", ("Paris",), ("Paris", "USA", "US.TX")),
        ("The court in Paris heard the case.", ("Paris",), ("Paris", "FRA", "FR.11")),
        ("A march began in Georgia, near Atlanta and Savannah.", ("Atlanta",), ("Atlanta", "USA", "US.GA")),
        ("Envoys left Tbilisi for Batumi as Georgia voted.", ("Batumi",), ("Batumi", "GEO", "GE.04")),
        ("Ships waited off Tripoli and Benghazi.", ("Tripoli",), ("Tripoli", "LBY", "LY.77")),
        ("Clashes were heard in Tripoli, Lebanon, on Friday.", ("Tripoli",), ("Tripoli", "LBN", "LB.09")),
    ],
)
def test_chosen_reading(text: str, names: tuple[str, ...], want: tuple[str, str, str]) -> None:
    assert _rank(text, *names) == [want]


def test_the_other_names_choose_between_a_country_and_a_division() -> None:
    state = _rank(
        "Georgia lies between Atlanta, Macon, Augusta and Alabama.", "Georgia", "Atlanta", "Macon", "Augusta", "Alabama"
    )
    country = _rank(
        "Georgia and Armenia closed the road from Tbilisi to Gyumri.", "Georgia", "Armenia", "Tbilisi", "Gyumri"
    )
    assert state[0][1] == "USA" and country[0][1] == "GEO"


def test_a_publisher_that_reports_from_a_division_pulls_its_towns() -> None:
    text = "A shop in Springfield was robbed."
    span = [Span(start=10, end=21)]
    at_home = [rank_places(text, span, home={code: 1.0})[0] for code in ("US.IL", "US.MA", "US.OR")]
    assert [r.entry.admin1 for r in at_home if r] == ["US.IL", "US.MA", "US.OR"]


def test_localities_are_shares() -> None:
    found = localities(rank_places("Austin, Texas, and Dallas, Texas.", [Span(start=0, end=6), Span(start=19, end=25)]))
    assert found == {"US.TX": 1.0}


def test_hand_made_features_and_their_wording() -> None:
    found = _resolved(
        "Two frigates met off South Korea's Jeju Island, and a third sailed 40 km north of Okinawa through the Miyako Strait."
    )
    island = found["Jeju Island"]
    assert island.kind == "island" and island.country == "KOR"  # type: ignore[attr-defined]
    assert island.wording is not None and island.radius_km > 50  # type: ignore[attr-defined]
    assert found["Miyako Strait"].kind == "strait"  # type: ignore[attr-defined]


@pytest.mark.parametrize(("text", "town", "country"), [("The ministers met in Kraków on Friday.", "Kraków", "POL"), ("They met in Yaoundé on Tuesday.", "Yaoundé", "CMR")])
def test_towns_that_the_tagger_takes_for_people_or_bodies(text: str, town: str, country: str) -> None:
    found = _resolved(text)
    assert found[town].country == country  # type: ignore[attr-defined]


def test_names_of_people_and_organisations_are_no_places() -> None:
    found = _resolved("Paris Hilton and Jack London spoke to the Bank of England at the Seoul National Cemetery.")
    assert "Paris" not in found and "London" not in found and "Seoul" not in found


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Bogotá", "Bogota"),
        ("Saint Petersburg", "St. Petersburg"),
        ("N'Djamena", "NDjamena"),
        ("Ouagadougou", "OUAGADOUGOU"),
        ("Bab el-Mandeb", "Bab el Mandeb"),
    ],
)
def test_spellings_share_a_key(one: str, two: str) -> None:
    assert place_key(one) == place_key(two)
    assert lookup(one) == lookup(two) != ()


def test_the_dateline_is_a_place() -> None:
    import msgspec

    article = bare_article("KHARTOUM Shells fell at dawn.", "case")
    header = msgspec.structs.replace(article.header, dateline="KHARTOUM", dateline_span=Span(start=0, end=8))
    done = resolve_places(Annotated(article=msgspec.structs.replace(article, header=header), sentences=()))
    assert [(p.name, p.country) for p in done.places] == [("Khartoum", "SDN")]


def test_unknown_names_stay_unknown() -> None:
    assert lookup("Xyzzyville-on-Sea") == ()
    assert rank_places("In Xyzzyville they slept.", [Span(start=3, end=13)]) == (None,)


def test_scorer_on_gold_and_on_nothing() -> None:
    row = {
        "text": "Paris",
        "toponyms": [
            {"start": 0, "end": 5, "name": "Paris", "lat": 48.85, "lon": 2.35, "country": "France", "fcode": "PPLC"}
        ],
    }
    full = scorer.summary([scorer.count(row, rank_places("Paris", [Span(start=0, end=5)]))])
    assert full["acc161"] == full["country"] == 1
    assert scorer.summary([scorer.count(row, [None])])["acc161"] == 0
    assert round(scorer.distance_km(0, 0, 0, 1)) == 111


def test_gate(shared: Path) -> None:
    rows = list(scorer._rows(shared / "data" / "geo" / "geovirus.jsonl.gz"))[::3]
    found = scorer.summary([scorer.count(r, f) for r, f in zip(rows, scorer.ranked(rows), strict=True)])
    assert found["acc161"] > 0.84 and found["country"] > 0.97


def test_the_halving_finds_every_line_of_the_table_and_nothing_else() -> None:
    lines = tables.read_bytes("places.tsv.gz").split(b"\n")
    for line in [*lines[:3], *lines[3:-3:4001], *lines[-3:]]:
        key, name = line.decode().split("\t")[:2]
        assert name in {entry.name for entry in _gazetteer._found(key)}, key
        assert all(not entry for entry in (_gazetteer._found(key + "\x01"), _gazetteer._found(key[:-1] + "\x01")))
    assert _gazetteer._found("") == _gazetteer._found("\uffff") == ()

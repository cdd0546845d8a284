"""Places: readings chosen by what stands around, names that are no places, distances, and the scorer."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from communique import tables
from communique.annotate.language import parse_article
from communique.evaluate import places as scorer
from communique.evaluate._articles import bare_article
from communique.records import Annotated, Span
from communique.resolve import _gazetteer
from communique.resolve._gazetteer import lookup, place_key
from communique.resolve.places import localities, outlet_home, rank_places, resolve_places


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


def test_a_part_of_a_name_with_hyphens_is_no_place() -> None:
    found = _resolved("Soldiers seized power in Guinea-Bissau on Monday and closed the port of Bissau.")
    assert "Guinea" not in found and found["Guinea-Bissau"].country == "GNB"


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
    assert found == {"US.TX": 1.0, "USA": 1.0}


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


def test_a_name_that_no_table_has_lies_with_the_others() -> None:
    text = "Police searched Quorthwick after fires in Leeds, Bradford and Huddersfield."
    span = Span(start=text.index("Quorthwick"), end=text.index("Quorthwick") + 10)
    others = [Span(start=text.index(n), end=text.index(n) + len(n)) for n in ("Leeds", "Bradford", "Huddersfield")]
    found = rank_places(text, [span, *others])[0]
    assert found is not None
    assert (found.entry.country, found.rule) == ("GBR", "lies with the others")
    assert math.isnan(found.entry.lat)


def test_a_name_that_no_table_has_stays_unknown_where_the_others_disagree() -> None:
    text = "Police searched Quorthwick after fires in Leeds and Lyon."
    spans = [Span(start=text.index(n), end=text.index(n) + len(n)) for n in ("Quorthwick", "Leeds", "Lyon")]
    assert rank_places(text, spans)[0] is None


def test_a_name_that_no_table_has_lies_in_the_country_behind_it() -> None:
    text = "A bus from Quorthwick, Scotland, met one from Lyon, Nantes and Lille."
    spans = [Span(start=text.index(n), end=text.index(n) + len(n)) for n in ("Quorthwick", "Lyon", "Nantes", "Lille")]
    found = rank_places(text, spans)[0]
    assert found is not None and (found.entry.country, found.rule) == ("GBR", "qualified")


@pytest.mark.parametrize(
    ("site", "code", "least"),
    [("https://news.example.com.ge/a/b", "GEO", 0.8), ("www.columbusherald.com", "US.OH", 0.3), ("lincoln-echo.co.uk", "GB.ENG", 0.5)],
)
def test_a_site_says_where_it_reports_from(site: str, code: str, least: float) -> None:
    assert outlet_home(site)[code] >= least


@pytest.mark.parametrize("site", ["", "jordanherald.com", "example.io", "xyz.tv", "a.b", "..", "-", "http://"])
def test_a_site_that_says_nothing_pulls_nowhere(site: str) -> None:
    assert outlet_home(site) == {}


def test_a_small_paper_means_its_own_town_and_others_the_large_one() -> None:
    text = "A tree fell on a car in Newcastle."
    span = Span(start=text.index("Newcastle"), end=text.index("Newcastle") + 9)
    home = rank_places(text, [span], home=outlet_home("herald.example.com.au"))[0]
    assert home is not None and home.entry.country == "AUS"


def test_an_unknown_town_is_kept_with_its_country_and_no_point() -> None:
    places = _resolved("Troops left Quorthwick for Leeds on Monday. They slept in Bradford and in Huddersfield.")
    found = places.get("Quorthwick")
    assert found is None or (found.country, found.lat, found.radius_km) == ("GBR", None, None)  # type: ignore[attr-defined]
    assert "Leeds" in places


def test_the_adjective_of_a_territory_is_the_territory() -> None:
    assert _rank("The Abkhaz side refused.", "Abkhaz")[0][0] == "Abkhazia"


@pytest.mark.parametrize(
    ("text", "name", "country", "wording"),
    [
        ("Troops fought about 35 km south of Goma on Friday.", "Goma", "COD", "35 km south of Goma"),
        ("A dhow sank 10 miles off Lamu on Friday.", "Lamu", "KEN", "10 miles off Lamu"),
        ("Envoys of Mali met in Geneva. Students marched in Lyon.", "Lyon", "FRA", None),
    ],
)
def test_a_town_at_a_distance_keeps_its_wording_and_a_bare_name_is_a_town(text: str, name: str, country: str, wording: str | None) -> None:
    found = _resolved(text)[name]
    assert found.country == country  # type: ignore[attr-defined]
    kept = found.wording  # type: ignore[attr-defined]
    assert (text[kept.start : kept.end] if kept else None) == wording


def test_a_name_that_no_table_has_is_kept_where_only_a_place_can_stand() -> None:
    found = _resolved("Police in Ghana fired on traders near Wenkwa on Monday. Kenyan police beat students outside Parliament.")
    assert found["Wenkwa"].lat is None
    assert "Parliament" not in found
    assert "Oketch" not in _resolved("President Ruto met Ugandan envoy John Oketch on Monday. Soldiers stood near Oketch and attacked a Kenyan man.")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Envoys met in the Somali capital.", "Mogadishu"),
        ("Envoys met near the Dutch capital.", None),  # two towns are called so
        ("Investors trust in the Somali capital market.", None),
    ],
)
def test_a_capital_by_its_country(text: str, name: str | None) -> None:
    assert next((p.name for p in _resolved(text).values()), None) == name

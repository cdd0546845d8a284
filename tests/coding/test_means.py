"""Modes by the words of a clause: weapon, medium, whose forces, what is asked or threatened; what is hit is no weapon."""

from __future__ import annotations

import pytest

from communique.coding import code_events
from communique.evaluate.coding import annotate_sentence


def _modes(text: str, kind: str) -> list[str | None]:
    found, _ = code_events(annotate_sentence(text), coder="rules.v1", threshold=0.0)
    return [m.mode for m in found if m.type == kind]


@pytest.mark.parametrize(
    ("text", "kind", "mode"),
    [
        ("The rebels bombarded the port of Hodeidah with howitzers.", "ASSAULT", "heavy-weapons"),
        ("Turkish helicopters bombed Kurdish fighters near the border.", "ASSAULT", "aerial"),
        ("Hamas fired volleys of rockets at Ashkelon.", "ASSAULT", "heavy-weapons"),
        ("Sudan's army attacked the paramilitaries with drones.", "ASSAULT", "drone"),
        ("The presidents of Kenya and Somalia discussed the border over the telephone.", "CONSULT", "phone"),
        ("Washington threatened Lima with tariffs.", "THREATEN", "restrict"),
        ("Burundi threatened to jail the Rwandan envoy.", "THREATEN", "arrest"),
        ("Bolivia asked the World Bank to finance a bridge.", "REQUEST", "assist"),
        ("Turkey's government shut down a newspaper in Ankara.", "COERCE", "censor"),
    ],
)
def test_the_words_of_the_clause_decide(text: str, kind: str, mode: str) -> None:
    assert mode in _modes(text, kind)


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("Ukrainian infantry attacked a column of Russian tanks.", "heavy-weapons"),
        ("Mali's soldiers attacked a depot of drones that the rebels kept.", "drone"),
        ("Israel's police attacked the protesters after an air raid.", "aerial"),
    ],
)
def test_what_is_hit_or_happened_before_is_no_weapon(text: str, mode: str) -> None:
    found = _modes(text, "ASSAULT")
    assert found
    assert mode not in found


def test_armed_groups_mobilize_as_militia() -> None:
    assert _modes("The Houthi rebels deployed fighters near Marib.", "MOBILIZE") == ["militia"]
    assert _modes("Ethiopia deployed troops near Humera.", "MOBILIZE") == ["troops"]

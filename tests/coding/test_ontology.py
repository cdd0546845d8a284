"""The ontology's counts, the decisions on the manual's slips, and that every pattern speaks its language."""

from __future__ import annotations

import pytest

from communique import tables
from communique.coding import ontology
from communique.coding.lexicon import lexicon
from communique.coding.ontology import Decisions
from communique.errors import UsageError


def test_counts() -> None:
    assert len(ontology.event_types()) == 16
    assert sum(len(ontology.modes(t)) for t in ontology.event_types()) == 67
    assert len(ontology.contexts()) == 37
    assert len(ontology.cameo_codes()) == 319
    assert len(ontology.sectors()) == 25


def test_version_1_3_has_its_own_modes() -> None:
    assert "ban" in ontology.modes("COERCE", version="1.3")
    assert "ban" not in ontology.modes("COERCE")
    assert ontology.mode_in("COERCE", "ban") == "restrict"
    assert ontology.mode_in("PROTEST", "vandalize", version="1.3") is None


@pytest.mark.parametrize(
    ("decisions", "value"), [(Decisions(), -3.0), (Decisions(accuse="printed"), 3.0), (Decisions(version="1.3"), -2.0)]
)
def test_the_sign_of_accuse_is_a_decision(decisions: Decisions, value: float) -> None:
    assert ontology.score("ACCUSE", decisions=decisions) == value


def test_the_quad_of_sanction_is_a_decision() -> None:
    assert ontology.quad("SANCTION") == "material conflict"
    assert ontology.quad("SANCTION", decisions=Decisions(sanction="table")) == "verbal conflict"
    assert ontology.quad_number("SANCTION") == 4
    assert ontology.quad("STATE") is None


def test_both_goldstein_scales() -> None:
    differing = [c for c in ontology.cameo_codes() if ontology.goldstein(c) is not None and ontology.goldstein(c) != ontology.goldstein(c, decisions=Decisions(goldstein="parus"))]
    assert {"016", "124", "1246", "163", "164", "166"} <= set(differing)


def test_an_embargo_is_a_sanction_unless_the_printed_table_is_wanted() -> None:
    manual = ontology.from_cameo("163")
    table = ontology.from_cameo("163", decisions=Decisions(crosswalk="table"))
    assert manual is not None
    assert (manual.type, manual.mode) == ("SANCTION", "discontinue")
    assert table is not None
    assert table.type == "COERCE"


@pytest.mark.parametrize(
    ("kind", "mode", "modality", "words", "code"),
    [
        ("CONCEDE", None, "planned", "will free", "035"),
        ("CONCEDE", None, "actual", "apologised", "080"),
        ("SANCTION", "convict", "actual", "sentenced", "116"),
        ("SANCTION", "discontinue", "actual", "slapped an embargo on timber", "163"),
        ("SANCTION", "discontinue", "actual", "cut the subsidy", "160"),
        ("PROTEST", "demo", "planned", "will march", "133"),
        ("PROTEST", "demo", "actual", "marched", "141"),
        ("COERCE", "restrict", "actual", "kept up the siege of", "191"),
        ("ASSAULT", None, "actual", "broke the truce", "196"),
        ("STATE", None, "planned", "said", "010"),
    ],
)
def test_the_cameo_code_is_as_deep_as_the_words_decide(kind: str, mode: str | None, modality: str, words: str, code: str) -> None:
    assert tables.cameo_code(kind, mode, modality=modality, words=words) == code


def test_every_type_and_mode_has_a_code_that_exists() -> None:
    for kind in (*ontology.event_types(), "STATE"):
        for mode in (None, *ontology.modes(kind)):
            for modality in ("actual", "planned"):
                assert tables.cameo_code(kind, mode, modality=modality) in ontology.cameo_codes(), (kind, mode)


def test_every_preferred_counterpart_is_in_the_manual() -> None:
    for code in ontology.cameo_codes():
        found = ontology.from_cameo(code)
        if found is None:
            assert code[:2] in {"01", "02"}
            continue
        assert found.type in ontology.event_types()
        assert found.mode is None or found.mode in ontology.modes(found.type)
        assert set(found.contexts) <= set(ontology.contexts())


def test_every_frame_names_what_exists() -> None:
    known = {*ontology.event_types(), "STATE"}
    lex = lexicon()
    for frames in (*lex.verbs.values(), *lex.nouns.values()):
        for frame in frames:
            assert frame.op or frame.type in known, frame.id
            assert frame.mode is None or frame.mode in ontology.modes(frame.type or ""), frame.id
            assert frame.cameo is None or frame.cameo in ontology.cameo_codes(), frame.id
            assert set(frame.contexts) <= set(ontology.contexts()), frame.id
    assert set(lex.contexts) == set(ontology.contexts())


def test_every_type_has_many_ways_to_be_said() -> None:
    lex = lexicon()
    lemmas: dict[str, set[str]] = {t: set() for t in ontology.event_types()}
    for table in (lex.verbs, lex.nouns):
        for head, frames in table.items():
            for frame in frames:
                if frame.type in lemmas:
                    lemmas[frame.type].add("_".join((head, *frame.tail)))
    assert sum(len(found) for found in lemmas.values()) >= 900
    assert min(len(found) for found in lemmas.values()) >= 15


def test_unknown_names_are_usage_errors() -> None:
    for call in (lambda: ontology.score("FIGHT"), lambda: ontology.cameo_name("999"), lambda: ontology.definition("AID", "x")):
        with pytest.raises(UsageError):
            call()

"""What reviews teach: a correction that follows agreement, ignores noise, and says to which model it belongs."""

from __future__ import annotations

import msgspec
import pytest

from communique import pipeline
from communique.coding import adapt, classifier
from communique.config import Settings
from communique.errors import ConfigError, UsageError
from communique.records import Span

WORDS = "{} gave {} a grant for its ports."
NAMES = ["Kenya", "Ghana", "Japan", "Chile", "Qatar", "Nepal"]


def examples(true: str, n: int = 60) -> list[adapt.Example]:
    out = []
    for k in range(n):
        text = WORDS.format(NAMES[k % 6], NAMES[(k // 6 + k + 1) % 6])
        at = text.index("gave")
        out.append(adapt.Example(f"document {k}", text, Span(start=at, end=at + 4), "AID", true))
    return out


def test_agreement_teaches_another_type() -> None:
    taught = adapt.learn(examples("COOPERATE"))
    assert taught.held.before == 0.0
    assert taught.held.after > 0.9


def test_acceptance_changes_nothing() -> None:
    taught = adapt.learn(examples("AID"))
    assert (taught.held.before, taught.held.after) == (1.0, 1.0)
    reading = classifier.read_triggers([("Spain met Portugal in Porto.", Span(start=6, end=9))])[0]
    totals = taught.totals(reading.types, "CONSULT")
    assert max(totals, key=totals.__getitem__) == "CONSULT"


def test_a_few_reviews_move_little() -> None:
    mixed = [*examples("AID", 57), *examples("COOPERATE", 3)]
    taught = adapt.learn(mixed)
    totals = taught.totals(classifier.read_triggers([(mixed[0].sentence, mixed[0].trigger)])[0].types, "AID")
    assert max(totals, key=totals.__getitem__) == "AID"


def test_too_few_reviews_are_refused() -> None:
    with pytest.raises(UsageError, match="at least 30"):
        adapt.learn(examples("AID", 10))


def test_the_coder_follows_and_says_so(tmp_path) -> None:
    file = tmp_path / "taught.json"
    taught = adapt.learn(examples("COOPERATE"))
    adapt.save(taught, file)
    assert adapt.load(file) == taught
    text = "Kenya gave Ghana a grant for its ports."
    plain = pipeline.code_text(text).mentions
    moved = pipeline.code_text(text, settings=Settings(adapted=str(file))).mentions
    assert [m.type for m in plain] == ["AID"]
    assert [m.type for m in moved] == ["COOPERATE"]
    assert moved[0].coder == f"{plain[0].coder}+{adapt.mark(taught)}"
    assert any("your reviews" in r for r in moved[0].reasons)
    assert Settings(adapted=str(file)).digest() != Settings().digest()


def test_rejections_silence(tmp_path) -> None:
    file = tmp_path / "taught.json"
    adapt.save(adapt.learn(examples("NONE")), file)
    assert pipeline.code_text("Kenya gave Ghana a grant for its ports.", settings=Settings(adapted=str(file))).mentions == ()


def test_a_correction_of_another_model_is_refused(tmp_path) -> None:
    file = tmp_path / "taught.json"
    adapt.save(msgspec.structs.replace(adapt.learn(examples("AID")), model="00000000"), file)
    with pytest.raises(ConfigError, match="communique train"):
        adapt.load(file)
    with pytest.raises(ConfigError, match="no learned correction"):
        adapt.load(tmp_path / "nothing.json")

"""`communique train`: from reviews of a store to a correction that the next coding follows."""

from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner

from communique import pipeline
from communique.cli import program
from communique.config import Settings
from communique.store import open_store

NAMES = ["Kenya", "Ghana", "Japan", "Chile", "Qatar", "Nepal", "Peru", "Mali"]


@pytest.fixture(scope="module")
def coded():
    texts = [f"{a} gave {b} a grant for its ports." for a in NAMES for b in NAMES if a != b][:40]
    return [pipeline.code_text(t, source=f"{k}", published="2031-05-04") for k, t in enumerate(texts)]


def run(*args: str):
    return CliRunner().invoke(program, list(args))


def reviewed(path, coded, act: list[str], n: int = 40) -> str:
    with open_store(path) as store:
        for one in coded:
            store.add(one)
    ids = [c.mentions[0].id for c in coded[:n]]
    done = run("review", act[0], *ids, *act[1:], "--by", "tester", "--store", str(path))
    assert done.exit_code == 0, done.output
    return str(path)


def test_retyped_records_teach_and_the_next_coding_follows(tmp_path, coded) -> None:
    store = reviewed(tmp_path / "s.db", coded, ["correct", "--field", "type", "--to", "COOPERATE"])
    done = run("train", "--store", store)
    assert done.exit_code == 0, done.output
    assert "before 0.000, after 1.000" in done.output
    again = pipeline.code_text("Ghana gave Peru a grant for its ports.", settings=Settings(adapted=f"{store}.coder.json"))
    assert [m.type for m in again.mentions] == ["COOPERATE"]


def test_rejections_count_unless_undone(tmp_path, coded) -> None:
    store = reviewed(tmp_path / "s.db", coded, ["reject"], 32)
    assert "before 0.000, after 1.000" in run("train", "--store", store).output
    with open_store(store) as inner:
        acts = [a.id for a in inner.reviews() if a.act == "reject"]
    assert run("review", "undo", *acts, "--by", "tester", "--store", store).exit_code == 0
    assert "0 reviewed records" in str(run("train", "--store", store).exception or run("train", "--store", store).output)


def test_few_reviews_are_refused(tmp_path, coded) -> None:
    store = reviewed(tmp_path / "s.db", coded, ["accept"], 5)
    done = run("train", "--store", store)
    assert done.exit_code != 0
    assert "5 reviewed records" in str(done.exception or done.output)
    assert not (tmp_path / "s.db.coder.json").exists()


def test_a_worse_held_back_share_is_kept_only_by_force(tmp_path, coded, monkeypatch) -> None:
    from communique.coding import adapt

    store = reviewed(tmp_path / "s.db", coded, ["accept"])
    monkeypatch.setattr(adapt, "_fit", lambda p, own, gold: np.array([1.0, -9.0, *[0.0] * p.shape[1]]))
    done = run("train", "--store", store)
    assert done.exit_code != 0
    assert not (tmp_path / "s.db.coder.json").exists()
    assert run("train", "--store", store, "--force").exit_code == 0
    assert (tmp_path / "s.db.coder.json").exists()

"""`score forecast` and `score counts` on small folders of their formats, and what they say of wrong ones."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from tests.forecast import worlds

from communique.errors import UsageError
from communique.evaluate import score


def _write(folder: Path) -> Path:
    """A made-up world as a folder; its days are hours, as in some published files."""
    world = worlds.facts(days=30)
    edges = {"train": (0, 22), "valid": (22, 26), "test": (26, 30)}
    for name, (first, last) in edges.items():
        keep = (world.day >= first) & (world.day < last)
        rows = zip(world.subject[keep], world.relation[keep], world.object[keep], world.day[keep] * 24, strict=True)
        text = "".join(f"{s}\t{r}\t{o}\t{t}\t-1\n" for s, r, o, t in rows)
        (folder / f"{name}.txt.gz").write_bytes(gzip.compress(text.encode()))
    (folder / "entity2id.txt").write_text("".join(f"{n}\t{i}\n" for i, n in enumerate(world.names)))
    (folder / "relation2id.txt").write_text("".join(f"{n}\t{i}\n" for i, n in enumerate(world.labels)))
    return folder


def test_both_splits_are_scored_with_strata_and_intervals(tmp_path: Path) -> None:
    folder = _write(tmp_path)
    for split in ("valid", "test"):
        found = score("forecast", folder, split=split)
        assert 0.2 < found["mrr_low"] <= found["mrr"] <= found["mrr_high"] < 1
        assert found["hits1"] <= found["hits3"] <= found["hits10"] <= 1 and 0 <= found["ece"] < 0.3
        assert abs(sum(found[f"share_{s}"] for s in ("recurrent", "dyad_only", "cold")) - 1) < 1e-9
        assert found["n"] > found["questions"] > 0


def test_a_score_of_valid_does_not_read_test(tmp_path: Path) -> None:
    folder = _write(tmp_path)
    before = score("forecast", folder, split="valid")
    (folder / "test.txt.gz").write_bytes(gzip.compress(b"0\t0\t1\t700\n"))
    after = score("forecast", folder, split="valid")
    cost = {"seconds", "processor_seconds", "peak_mb"}
    assert {k: v for k, v in before.items() if k not in cost} == {k: v for k, v in after.items() if k not in cost}
    assert 0 < before["mrr_cold_by_sketch_alone"] < 1


@pytest.mark.parametrize("spoil", ["missing", "words", "unknown entity"])
def test_a_folder_of_another_shape_is_named(tmp_path: Path, spoil: str) -> None:
    folder = _write(tmp_path)
    if spoil == "missing":
        (folder / "valid.txt.gz").unlink()
    elif spoil == "words":
        (folder / "train.txt.gz").write_bytes(gzip.compress(b"who\tdid\twhat\twhen\n"))
    else:
        (folder / "train.txt.gz").write_bytes(gzip.compress(b"999\t0\t1\t0\n"))
    with pytest.raises(UsageError) as found:
        score("forecast", folder)
    assert str(tmp_path) in str(found.value) and "\n" not in str(found.value)
    with pytest.raises(UsageError):
        score("forecast", folder, split="train")


def test_counts_are_scored_by_window(tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    rng = np.random.default_rng(1)
    level = {1: 0.0, 2: 5.0, 3: 80.0}
    for kind, months, year in (("features_to_oct", range(100, 112), 2018), ("actuals_", range(114, 126), 2019)):
        rows = [(c, m, float(rng.poisson(v))) for c, v in level.items() for m in months]
        columns = {"country_id": [r[0] for r in rows], "month_id": [r[1] for r in rows], "ged_sb": [r[2] for r in rows]}
        pq.write_table(pa.table(columns), tmp_path / f"cm_{kind}{year}.parquet")
    found = score("counts", tmp_path)
    assert found["windows"] == 1 and found["n"] == 36
    assert found["crps"] < found["crps_zero"] / 3 and found["crps_low"] <= found["crps"] <= found["crps_high"]
    (tmp_path / "cm_actuals_2019.parquet").unlink()
    with pytest.raises(UsageError):
        score("counts", tmp_path)

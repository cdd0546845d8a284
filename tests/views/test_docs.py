"""Every column and every format is told of in docs/records.md."""

from __future__ import annotations

from pathlib import Path

from communique.store.flat import columns_of
from communique.views import tabular
from communique.views.export import FORMATS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "records.md").read_text(encoding="utf-8")


def test_every_export_and_column_is_documented() -> None:
    for name in FORMATS:
        assert f"| `{name}` |" in PAGE
    for kind in ("mention", "event", "commitment", "document"):
        for column in columns_of(kind):
            assert f"| `{column}` |" in PAGE, (kind, column)
    for columns in (tabular.ICEWS, tabular.POLECAT, tabular.GDELT, tabular.GDELT_MENTIONS, tabular.PHOENIX):
        assert ", ".join(columns) in PAGE

"""Fixtures that every room's tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The development data beside the checkout; a clone without it skips the gate and says so."""
    path = ROOT.parent / "shared"
    if not (path / "seeds" / "gold.json").exists():
        pytest.skip("no ../shared beside this checkout: this gate was not measured")
    return path

"""Sentences through the real parse, mentions and names; no publication date, no publisher."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from communique.coding import code_events
from communique.evaluate.coding import annotate_sentence
from communique.records import Annotated, EventMention


@pytest.fixture(scope="session")
def annotate() -> Callable[[str], Annotated]:
    return annotate_sentence


@pytest.fixture(scope="session")
def code() -> Callable[[str], list[EventMention]]:
    def run(text: str) -> list[EventMention]:
        return list(code_events(annotate_sentence(text))[0])

    return run

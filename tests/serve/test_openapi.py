"""Every operation of the OpenAPI document, asked with generated questions, fit and unfit ones.

schemathesis makes the cases from the document that the server gives; each answer must be no server error, of a status,
content type and shape that the document states, and refuse what the document says is refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import hypothesis
import pytest
from tests.serve.conftest import HOSTS

from communique.serve import make_app, security

schemathesis = pytest.importorskip("schemathesis")
EXAMPLES = 12  # of each operation
TOKEN = "t" * 32
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Host": "localhost"}


def test_no_generated_question_breaks_the_contract(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security.Limiter, "allow", lambda *_: True)  # thousands of questions in a minute; tested elsewhere
    app = make_app(fresh, hosts=HOSTS, token=TOKEN)

    async def served(scope: Any, receive: Any, send: Any) -> None:
        """The application without its life cycle: each question comes by a client of its own."""
        if scope["type"] == "lifespan":
            for word in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{word}.complete"})
            return
        await app(scope, receive, send)

    schema = schemathesis.openapi.from_asgi("/api/openapi.json", served, headers=HEADERS)
    asked: dict[str, int] = {}
    for found in schema.get_all_operations():
        operation = found.ok()
        ask_all(operation, asked)
    assert len(asked) == sum(len(methods) for methods in app.openapi_schema.to_schema()["paths"].values())
    assert min(asked.values()) >= 1
    app.state.site.jobs.close()
    app.state.site.store.close()


def ask_all(operation: Any, asked: dict[str, int]) -> None:
    """Ask one operation with generated cases; the first that breaks the contract is shown as a curl line."""

    @hypothesis.settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        asked[operation.label] = asked.get(operation.label, 0) + 1
        case.call_and_validate(headers=HEADERS)

    ask()

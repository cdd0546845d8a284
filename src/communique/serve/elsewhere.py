"""How to get what a page shows elsewhere: on the command line, in Python, over HTTP.

Each panel holds words that run as they stand, in a folder with the store as `communique.db`, and give what the page
shows; `tests/serve/test_elsewhere.py` runs them and compares. So they are spelled from the filter that the page used,
its period resolved, and not from the address, which has names (`period`, `year`, `view`) that only pages know. Where a
verb shows the same records in another way, a comment on its line says how. Where there is no verb, there is no line.
"""

from __future__ import annotations

import shlex
from typing import Any

from litestar import Request

from communique.records import Filter
from communique.serve.queries import spelled
from communique.serve.render import link

Ask = Request[Any, Any, Any]
OPENED = "import communique as cq"
STORE = "store = cq.open('communique.db', read_only=True)"
_USUAL = Filter()
_LISTED = 100  # how many rows a verb lists unless told


def how(request: Ask, *, cli: str = "", python: str = "", imports: str = "", http: str | None = None) -> dict[str, str]:
    """The panel. `cli` is one command a line, `python` the last expression, `imports` what it needs beside the store;
    `http` an address where it is not the page's own twin."""
    out = {}
    if cli:
        out["Command line"] = "\n".join(f"communique {line}".rstrip() for line in cli.splitlines())
    if python:
        out["Python"] = "\n".join(filter(None, (OPENED, imports, STORE, python)))
    base = request.url.path.rstrip("/") or "/brief"
    for twin in (".json", ".csv"):
        base = base.removesuffix(twin)
    address = link(f"{base}.json", **spelled(request)) if http is None else http
    return out | {"HTTP": f"curl '{str(request.base_url).rstrip('/')}{address}'"}


def _told(flt: Filter, total: int | None) -> dict[str, Any]:
    """The filter's fields that are not as usual; all rows are asked for where there are more than a list shows."""
    found = {k: v for k in Filter.__struct_fields__ if k not in ("after", "limit") and (v := getattr(flt, k)) != getattr(_USUAL, k)}
    return found | ({"limit": total} if total is not None and total > _LISTED else {})


def flags(flt: Filter, total: int | None = None) -> str:
    """The filter as the flags of a verb."""
    out = []
    for name, value in _told(flt, total).items():
        flag = f"--{name.replace('_', '-')}"
        if value is True:
            out.append(flag)
            continue
        values = ["-".join(value)] if name == "dyad" else [",".join(map(str, value))] if name == "box" else value if isinstance(value, tuple) else [value]
        out += [f"{flag}={shlex.quote(text)}" if text.startswith("-") else f"{flag} {shlex.quote(text)}" for text in map(str, values)]
    return " ".join(out)


def keywords(flt: Filter, total: int | None = None) -> str:
    """The filter as keywords of `store.events` and `store.mentions`."""
    return ", ".join(f"{k}={_value(k, v)!r}" for k, v in _told(flt, total).items())


def _value(name: str, value: Any) -> Any:
    if name == "dyad":
        return "-".join(value)
    return value[0] if isinstance(value, tuple) and len(value) == 1 else value


def filter_words(flt: Filter, total: int | None = None) -> str:
    """The filter as a `Filter`."""
    return f"cq.Filter({', '.join(f'{k}={v!r}' for k, v in _told(flt, total).items())})"


def options(**values: Any) -> str:
    """Flags of a verb by name, those without a value left out."""
    return " ".join(f"--{k.replace('_', '-')} {shlex.quote(str(v))}" for k, v in values.items() if v not in (None, ""))


def named(**values: Any) -> str:
    """Keywords of a call, those without a value left out."""
    return ", ".join(f"{k}={v!r}" for k, v in values.items() if v not in (None, ""))


def listed(request: Ask, verb: str, flt: Filter, total: int) -> dict[str, str]:
    """The panel of a list of events or mentions."""
    return how(request, cli=f"{verb} {flags(flt, total)}", python=f"store.{verb}({keywords(flt, total)})")

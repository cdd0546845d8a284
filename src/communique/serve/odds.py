"""The API of what looks ahead: the same answers as the pages under /foresight and the commands print.

Asking issues nothing: a forecast enters the scoreboard when it is kept, by the page's button or by the command.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from litestar import get
from litestar.params import Parameter

from communique.api import checked_date
from communique.errors import UsageError
from communique.forecast import following, indicators, series
from communique.forecast import warnings as rules
from communique.serve import foresight
from communique.serve.api import Ask, Day, site_of
from communique.serve.app import Site
from communique.serve.queries import country_of

Code = Annotated[str, Parameter(description="ISO alpha-3 code", pattern="^[A-Za-z]{3}$")]
Horizon = Literal["7d", "2w", "1m"]
Most = Annotated[int, Parameter(ge=1, le=200)]
Rule = Literal["spike", "level", "first", "silence", "threat", "overdue"]


def routes() -> list[Any]:
    """Handlers for the router of /api."""
    return [next_of_actor, next_of_pair, counts_of_pair, warned, board, indicators_of_pair]


def _origin(site: Site, as_of: str | None) -> int:
    return series.as_ordinal(checked_date(as_of), foresight.panel_of(site).documents)


def _pair(a: str, b: str) -> tuple[str, str]:
    pair = country_of(a), country_of(b)
    if pair[0] == pair[1]:
        raise UsageError(f"{a}-{b}: no such pair; give two countries", value=b)
    return pair


def _next(site: Site, actor: str | None, pair: tuple[str, str] | None, horizon: str, as_of: str | None, limit: int) -> list[following.Likely]:
    origin = _origin(site, as_of)
    model = foresight.model_of(site, series.horizon_days(horizon), origin)
    return following.likeliest(foresight.panel_of(site), model, origin, actor=actor, dyad=pair, top=limit)


@get("/foresight/actors/{actor:str}/next", sync_to_thread=True)
def next_of_actor(request: Ask, actor: Code, horizon: Horizon = "7d", as_of: Day = None, limit: Most = 20) -> list[following.Likely]:
    """Whom a country may turn to next, and how: probabilities, best first, each split into reasons with their records,
    beside the base rate and how often such forecasts came true."""
    return _next(site_of(request), country_of(actor), None, horizon, as_of, limit)


@get("/foresight/dyads/{a:str}/{b:str}/next", sync_to_thread=True)
def next_of_pair(request: Ask, a: Code, b: Code, horizon: Horizon = "7d", as_of: Day = None, limit: Most = 20) -> list[following.Likely]:
    """What may come next between two, both ways."""
    return _next(site_of(request), None, _pair(a, b), horizon, as_of, limit)


@get("/foresight/dyads/{a:str}/{b:str}/counts", sync_to_thread=True)
def counts_of_pair(request: Ask, a: Code, b: Code, as_of: Day = None) -> list[following.CountForecast]:
    """Events of the next week between two, by direction and class, with 50 and 90 % intervals."""
    site = site_of(request)
    return following.weekly_counts(foresight.panel_of(site), *_pair(a, b), _origin(site, as_of))


@get("/foresight/dyads/{a:str}/{b:str}/indicators", sync_to_thread=True)
def indicators_of_pair(request: Ask, a: Code, b: Code, weeks: Annotated[int, Parameter(ge=1, le=520)] = 26, as_of: Day = None) -> indicators.Indicators:
    """Cooperation and conflict of a pair by week, beside coverage, scores, triads and blocs."""
    site = site_of(request)
    return foresight.indicators_of(site, _pair(a, b), _origin(site, as_of), weeks)


@get("/foresight/warnings", sync_to_thread=True)
def warned(request: Ask, back: Annotated[int, Parameter(ge=1, le=3650)] = 28, off: Annotated[list[Rule] | None, Parameter(max_items=6)] = None, as_of: Day = None) -> list[rules.Warned]:
    """What was out of the ordinary in the days before, each alarm with its records and its rule's false alarms."""
    site = site_of(request)
    return [w for w in foresight.warned(site, _origin(site, as_of), back) if w.alarm.rule not in (off or ())]


@get("/foresight/scoreboard", sync_to_thread=True)
def board(request: Ask, worst: Annotated[int, Parameter(ge=0, le=1000)] = 10) -> dict[str, Any]:
    """Every forecast kept and how it fared: Brier, log score, CRPS, reliability, skill, worst misses first."""
    return foresight.board(site_of(request), worst)

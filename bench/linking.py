"""How the cost of linking grows: made mentions of many dyads over years, 10,000 to 100,000, at one density.

    python bench/linking.py [--sizes 10000 30000 100000] [--arrive 100]

Prints seconds per size and the growth exponent (slope of log seconds on log mentions); the issue asks for at most 1.15.
Reports come at a constant rate, so ten times the mentions are ten times the days, as in a store that fills.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import math
import random
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from communique.link import Linker, events  # noqa: E402
from communique.records import DocumentFacts, EventMention, LinkDocument, Participant, Published, Span, When  # noqa: E402

COUNTRIES = ["KEN", "ETH", "PER", "BRA", "NOR", "MDA", "EGY", "SDN", "IND", "LKA", "THA", "KHM", "GRC", "TUR", "ARM", "AZE", "COL", "VEN", "NGA", "NER", "POL", "LTU", "AUS", "IDN", "MAR", "DZA", "KAZ", "UZB", "CHL", "ARG", "GHA", "TGO"]
ACTS = [("CONSULT", "met", "to discuss trade"), ("COOPERATE", "drills", "at sea"), ("ACCUSE", "accused", "of smuggling"), ("AID", "delivered", "grain"), ("AGREE", "agreed", "to open a road")]
A_DAY = 40


def documents(count: int, seed: int = 5) -> list[LinkDocument]:
    """So many mentions, one a document, two reports to an event on average."""
    rng = random.Random(seed)
    out: list[LinkDocument] = []
    start = dt.date(2000, 1, 1)
    for n in range(count):
        if n % 2 == 0:
            a, b = rng.sample(COUNTRIES, 2)
            kind, trigger, rest = rng.choice(ACTS)
            day = start + dt.timedelta(days=n // A_DAY)
        text = f"{a} and {b} {trigger} {rest} {rng.choice(['again', 'officials said', 'on the day'])}"
        at = text.index(trigger)
        when = When(start=day.isoformat(), end=(day + dt.timedelta(days=1)).isoformat(), grain="day", basis="stated")
        parties = tuple(Participant(span=Span(0, 3), text=c, entity=f"country:{c}", name=c, country=c, kind="country") for c in (a, b))
        mention = EventMention(
            id=f"m{n:07}", document=f"d{n:07}", type=kind, trigger=Span(at, at + len(trigger)), evidence=(Span(0, len(text)),),
            actors=parties[:1], recipients=parties[1:], when=when, sentence=0,
        )  # fmt: skip
        facts = DocumentFacts(id=f"d{n:07}", source="bench", publisher="Paper", published=Published(start=when.start, end=when.end, basis="given"))
        out.append(LinkDocument(facts=facts, text=text, body=(Span(0, len(text)),), mentions=(mention,)))
    return out


def _arriving(made: list[LinkDocument], count: int) -> dict[str, float]:
    """Processor seconds to link what is there, and then a batch of ten reports more, on average."""
    began = time.process_time()
    linker = Linker()
    linker.add(made[:-count])
    linker.derive()
    there = time.process_time() - began
    began = time.process_time()
    for at in range(len(made) - count, len(made), 10):
        linker.add(made[at : at + 10])
        linker.derive()
    return {"documents": len(made), "all at once": round(there, 2), "ten more": round((time.process_time() - began) * 10 / count, 3)}


def main() -> int:
    """Measure each size and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 30_000, 100_000])
    parser.add_argument("--arrive", type=int, default=0, help="then link so many more reports to the last size, ten at a time")
    args = parser.parse_args()
    points = []
    for size in args.sizes:
        made = documents(size)
        began = time.process_time()
        items = events.make_items(made)
        rows = events.judge(items, at="2024-01-01T00:00:00+00:00")
        groups = events.cluster(items, rows)
        points.append((size, time.process_time() - began))
        print(json.dumps({"mentions": size, "seconds": round(points[-1][1], 2), "judgements": len(rows), "events": len(groups)}), file=sys.stderr)
    if args.arrive:
        print(json.dumps({"arrive": _arriving(made, args.arrive)}), file=sys.stderr)
    logs = [(math.log(n), math.log(s)) for n, s in points]
    mean_x, mean_y = (sum(v) / len(logs) for v in zip(*logs, strict=True))
    slope = sum((x - mean_x) * (y - mean_y) for x, y in logs) / sum((x - mean_x) ** 2 for x, _ in logs)
    print(json.dumps({"exponent": round(slope, 3), "seconds": {str(n): round(s, 2) for n, s in points}}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

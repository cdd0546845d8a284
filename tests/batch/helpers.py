"""Stand-ins that child processes can import: a coder that is quick, and shards that misbehave."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.store.factory import simple

from communique import pipeline
from communique.batch import job as jobs
from communique.batch.parts import Receipt
from communique.errors import UnreadableError
from communique.records import CodedDocument, Document, EventMention, Failure, Span
from communique.text import digest


def quick(items: Iterable[Document | Failure], **_: Any) -> Iterator[CodedDocument | Failure]:
    """A coder without a language model: the first word of each document is its one event."""
    import msgspec

    for item in items:
        if isinstance(item, Failure):
            yield item
            continue
        if "SURPRISE" in item.text:
            raise ZeroDivisionError("what no stage promises")
        if "REFUSED" in item.text:
            error = UnreadableError("refused by the coder")
            yield Failure(source=item.source, reason=error.reason, detail=str(error))
            continue
        base = simple(1)
        old = base.mentions[0]
        end = len(item.text.split()[0])
        mention = EventMention(
            id="m_" + digest(item.id), document=item.id, type="AGREE", trigger=Span(0, end), evidence=(Span(0, end),),
            actors=tuple(msgspec.structs.replace(p, span=None, text=None) for p in old.actors),
            recipients=tuple(msgspec.structs.replace(p, span=None, text=None) for p in old.recipients),
        )  # fmt: skip
        article = msgspec.structs.replace(base.article, doc=item, blocks=(), header=type(base.article.header)())
        yield CodedDocument(article=article, mentions=(mention,), coder="quick.v1", tables="t", settings="s")


def quick_shard(job: jobs.Job, spec: str) -> Receipt:
    """`run_shard` with the quick coder. A file called die.txt kills the worker, hang.txt hangs it, flaky.txt dies once."""
    mark = Path(job.out).parent / f"tried-{hashlib.sha256(spec.encode()).hexdigest()[:12]}"
    with mark.open("a") as log:
        log.write("x")
    if "die.txt" in spec or ("flaky.txt" in spec and mark.read_text() == "x"):
        os._exit(9)
    if "hang.txt" in spec:
        time.sleep(60)
    if "slow" in spec:
        time.sleep(0.3)
    if "raise.txt" in spec:
        raise ValueError("a shard that can't be done")
    real = pipeline.code_many
    pipeline.code_many = quick  # type: ignore[assignment]
    try:  # the serial engine works in the tests' own process: leave no stand-in behind
        return jobs.run_shard(job, spec)
    finally:
        pipeline.code_many = real

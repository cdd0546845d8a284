"""Write `docs/schema.json`: the JSON Schema (2020-12) of every record, from the records themselves."""

import json
from pathlib import Path

import msgspec

from communique import records

TOP = (records.CodedDocument, records.Event, records.Story, records.Commitment, records.Discrepancy, records.Copy, records.Judgement, records.Review, records.Run, records.Filter, records.Failure, records.DocumentFacts)


def schema_text() -> str:
    """The schema as it stands in docs."""
    _, parts = msgspec.json.schema_components(TOP, ref_template="#/$defs/{name}")
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": parts}, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    (Path(__file__).resolve().parent.parent / "docs" / "schema.json").write_text(schema_text())

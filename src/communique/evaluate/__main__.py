"""`python -m communique.evaluate NAME PATH [key=value ...]`: the scorers without the rest of the program."""

from __future__ import annotations

import sys

import msgspec

from communique.evaluate import score


def main(argv: list[str]) -> int:
    """Print the figures as JSON."""
    options = dict(part.split("=", 1) for part in argv[2:])
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(score(argv[0], argv[1], **options)), indent=1).decode() + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

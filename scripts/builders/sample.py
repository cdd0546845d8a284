"""The sample reports that `communique demo` codes, as they are in resources/sample/."""

from pathlib import Path

SOURCES = ("communique, CC BY 4.0: written for this project",)


def build(resources: Path) -> dict[str, bytes]:
    """Each report under data/sample/."""
    return {f"sample/{p.name}": p.read_bytes() for p in sorted((resources / "sample").iterdir()) if p.suffix != ".md"}

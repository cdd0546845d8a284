"""The docs say what the program does: every verb, option, setting and export appears, and no link is dead."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def load(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_command_line_page_is_the_programs_own_help():
    assert (ROOT / "docs" / "cli.md").read_text() == load("export_cli_docs").cli_text(), "run scripts/export_cli_docs.py"


def test_every_setting_is_explained():
    from communique.config import Settings

    page = (ROOT / "docs" / "start.md").read_text()
    missing = [name for name in Settings.__struct_fields__ if f"`{name}`" not in page]
    assert not missing


def test_every_score_is_named():
    from communique.evaluate import SCORERS

    page = (ROOT / "docs" / "interface.md").read_text() + (ROOT / "docs" / "scores.md").read_text()
    assert not [name for name in SCORERS if f"`{name}`" not in page]


def test_every_export_is_named():
    from communique.views.export import FORMATS

    page = "".join(p.read_text() for p in (ROOT / "docs").glob("*.md"))
    assert not [name for name in FORMATS if name not in page]


@pytest.mark.parametrize("page", sorted(str(p.relative_to(ROOT)) for p in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]))
def test_links_between_pages_lead_somewhere(page):
    path = ROOT / page
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", path.read_text()):
        assert (path.parent / target).exists(), f"{page}: {target}"

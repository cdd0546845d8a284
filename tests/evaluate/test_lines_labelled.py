"""`score lines` against labels made by hand, on pages of our own."""

import hashlib
import json

import pytest

from communique.errors import UsageError
from communique.evaluate import score
from communique.evaluate.extraction import flatten_page

PAGE = b"""<html><body><ul><li>Home</li><li>World</li></ul><h1>Ministers of Arland and Bessin sign river treaty</h1>
<p>By Ana Example</p><p>March 3, 2025</p>
<p>The ministers of Arland and Bessin signed a treaty on the shared river on Monday, ending nine years of talks in the border town.</p>
<p>The treaty sets out how much water each of the two states may take from the river in dry years, and who pays for the dams.</p>
<p>Officials of both ministries said the treaty would be put to the two parliaments before the summer, and the river board would meet after that.</p>
<p>Two ministers at the river. (Photo: Cam Exampleson)</p>
<p>For more information about the board, see its yearly report.</p></body></html>"""


def _gold(folder, labels, page=PAGE, **changes):
    """A data folder with one page of our own and a file of labels for it: (start of the line, label)."""
    pages = folder / "own" / "html"
    pages.mkdir(parents=True)
    (pages / "p1.html").write_bytes(page)
    record = {"articleBody": "", "url": "https://paper.example/1"}
    (folder / "own" / "ground-truth.json").write_text(json.dumps({"p1": record}))
    text = flatten_page(page, "blocks")
    spans = [[text.index(line), text.index(line) + len(line), label] for line, label in labels]
    row = {"set": "own", "id": "p1", "text": hashlib.sha256(text.encode()).hexdigest()[:16], "read": [0, len(text)], "lines": spans}
    file = folder / "labelled.jsonl"
    file.write_text(json.dumps(row | changes) + "\n")
    return str(file)


TITLE = ("Ministers of Arland and Bessin sign river treaty", "title")
BYLINE = ("By Ana Example", "byline")
DATE = ("March 3, 2025", "date")
CAPTION = ("Two ministers at the river. (Photo: Cam Exampleson)", "caption")
NOTE = ("For more information about the board, see its yearly report.", "note")


def test_each_kind_is_scored_by_itself(tmp_path):
    found = score("lines", tmp_path, labelled=_gold(tmp_path, [TITLE, BYLINE, DATE, CAPTION, NOTE]))
    assert (found["n"], found["missing"], found["changed"], found["lines"]) == (1, 0, 0, 5)
    for kind in ("title", "byline", "date", "caption", "picture"):
        assert found[f"{kind}_f1"] == 1.0 and found[f"{kind}_n"] == 1, kind
    assert found["notes_left_out"] == 1.0


def test_a_label_not_given_counts_against_precision(tmp_path):
    found = score("lines", tmp_path, labelled=_gold(tmp_path, [TITLE, DATE, CAPTION]))
    assert found["byline_precision"] == 0.0 and found["title_f1"] == 1.0


def test_a_line_missed_counts_against_recall(tmp_path):
    found = score("lines", tmp_path, labelled=_gold(tmp_path, [TITLE, ("Home", "byline"), BYLINE]))
    assert (found["byline_precision"], found["byline_recall"]) == (1.0, 0.5)


@pytest.mark.parametrize("label", ["unsure", "byline|date"])
def test_a_doubtful_line_lets_either_answer_stand(tmp_path, label):
    found = score("lines", tmp_path, labelled=_gold(tmp_path, [TITLE, (BYLINE[0], label), DATE]))
    assert found["byline_precision"] == 1.0 and found["date_f1"] == 1.0


def test_lines_out_of_reach_count_neither_way(tmp_path):
    text = flatten_page(PAGE, "blocks")
    file = _gold(tmp_path, [TITLE], read=[0, text.index("By Ana Example")])
    found = score("lines", tmp_path, labelled=file)
    assert found["byline_n"] == 0 and found["byline_precision"] == 1.0


def test_pages_that_are_not_there_and_texts_that_changed_are_counted(tmp_path):
    assert score("lines", tmp_path, labelled=_gold(tmp_path / "a", [TITLE]))["missing"] == 1
    found = score("lines", tmp_path / "b", labelled=_gold(tmp_path / "b", [TITLE], text="0" * 16))
    assert (found["n"], found["changed"]) == (0, 1)


def test_a_file_without_spans_is_named(tmp_path):
    file = tmp_path / "labelled.jsonl"
    file.write_text('{"set": "own"}\n')
    with pytest.raises(UsageError, match=r"labelled\.jsonl:1"):
        score("lines", tmp_path, labelled=str(file))

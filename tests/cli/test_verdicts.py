"""What people write when they judge, and how far a verdict reaches."""

import json

import pytest

from communique import tables
from communique.cli import main
from communique.coding import ontology
from communique.errors import UsageError
from communique.records import EventMention, Participant, Span
from communique.views.entering import field_value

REPORT = "LIMA, March 3 - Peru and Chile held talks on copper in Lima on Monday. Kenya condemned Uganda on Monday."


@pytest.fixture
def store(tmp_path, capsys):
    path, report = str(tmp_path / "s.db"), tmp_path / "r.txt"
    report.write_text(REPORT)
    assert main(["add", str(report), "--published", "2025-03-04", "--store", path]) == 0
    capsys.readouterr()
    return path


def ask(capsys, *argv):
    assert main([*argv, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_rejected_record_takes_its_event_along_and_an_undo_brings_it_back(store, capsys):
    (mention,) = ask(capsys, "mentions", "--actor", "KEN", "--store", store)
    assert len(ask(capsys, "events", "--actor", "KEN", "--store", store)) == 1
    assert main(["review", "reject", mention["id"], "--by", "ana", "--store", store]) == 0
    assert ask(capsys, "events", "--actor", "KEN", "--store", store) == []
    assert len(ask(capsys, "events", "--store", store)) == 1  # the other one stays
    act = ask(capsys, "review", "list", "--store", store)[0]["id"]
    assert main(["review", "undo", act, "--store", store]) == 0
    assert len(ask(capsys, "events", "--actor", "KEN", "--store", store)) == 1


def test_a_corrected_type_takes_quad_and_scores_along_and_reaches_the_event(store, capsys):
    (mention,) = ask(capsys, "mentions", "--actor", "KEN", "--store", store)
    assert mention["quad"] == "verbal conflict"
    assert main(["review", "correct", mention["id"], "--field", "type", "--to", "aid", "--by", "ana", "--store", store]) == 0
    for kind in ("mentions", "events"):
        (found,) = ask(capsys, kind, "--actor", "KEN", "--quad", "material cooperation", "--store", store)
        assert (found["type"], found["mode"], found["plover_score"]) == ("AID", None, 10.0)
    assert main(["review", "accept", mention["id"], "--by", "ben", "--store", store]) == 0
    capsys.readouterr()
    assert ask(capsys, "quality", "--store", store)[0]["right"] == 0  # what ben accepts is not what was coded
    assert main(["doctor", "--deep", "--store", store]) == 0


def test_an_added_record_is_whole_and_has_its_event(store, capsys):
    (document,) = ask(capsys, "documents", "--store", store)
    start = REPORT.index("Peru and Chile")
    given = json.dumps({"actors": "Peru; Chile", "when": "2025-03-03", "where": "Lima", "mode": "visit", "contexts": "natural resource"})
    argv = ["review", "add", document["id"], "--span", f"{start}-{start + 30}", "--type", "consult", "--to", given, "--by", "ana", "--store", store]
    assert main(argv) == 0
    capsys.readouterr()
    (found,) = [m for m in ask(capsys, "mentions", "--quad", "verbal cooperation", "--store", store) if m["coder"] == "by hand"]
    assert found["where"]["country"] == "PER" and found["when"]["end"] == "2025-03-04" and found["cameo"] == "042"
    assert any(found["id"] in e["mentions"] for e in ask(capsys, "events", "--store", store))
    assert main(["review", "add", document["id"], "--span", "0-4", "--type", "PARTY", "--store", store]) == 2
    assert "there are: AGREE" in capsys.readouterr().err


def test_accuracy_counts_what_was_drawn_at_random_under_the_type_that_was_coded(store, capsys):
    (picked,) = ask(capsys, "mentions", "--actor", "KEN", "--store", store)
    assert main(["review", "correct", picked["id"], "--field", "type", "--to", "CONSULT", "--store", store]) == 0
    capsys.readouterr()
    assert main(["quality", "--json", "--store", store]) == 0
    out, err = capsys.readouterr()
    rows = {row["group"]: (row["right"], row["n"], row["total"]) for row in json.loads(out)}
    assert "people picked" in err and rows == {"all": (0, 1, 2), "ACCUSE": (0, 1, 1), "CONSULT": (0, 0, 1)}
    drawn = ask(capsys, "review", "sample", "5", "--store", store)
    assert len(drawn) == 1 and drawn[0]["id"] != picked["id"]  # of those nobody has judged
    assert main(["review", "accept", drawn[0]["id"], "--store", store]) == 0
    capsys.readouterr()
    assert main(["quality", "--json", "--store", store]) == 0
    out, err = capsys.readouterr()
    assert "of 1 records drawn at random" in err and (json.loads(out)[0]["right"], json.loads(out)[0]["n"]) == (1, 1)
    assert main(["review", "sample", "none", "--store", store]) == 2


def test_a_coder_that_is_none_leaves_no_run(store, capsys):
    before = ask(capsys, "diff", "--store", store)
    assert main(["recode", "--coder", "nobody", "--store", store]) == 2
    capsys.readouterr()
    assert ask(capsys, "diff", "--store", store) == before


def test_orphans_are_listed_with_their_words(store, capsys):
    (mention,) = ask(capsys, "mentions", "--actor", "KEN", "--store", store)
    assert main(["review", "accept", mention["id"], "--by", "ana", "--store", store]) == 0
    assert main(["recode", "--threshold", "1", "--store", store]) == 0
    err = capsys.readouterr().err
    assert "orphaned: accept by ana of ACCUSE" in err and "“Kenya condemned Uganda on Monday" in err


RECORD = EventMention(
    id="m", document="d", type="CONSULT", trigger=Span(0, 4), evidence=(Span(0, 4),), mode="visit", contexts=("diplomatic",),
    actors=(Participant(span=Span(0, 4), text="Lima", entity="country:PER", name="Peru", country="PER", kind="country", sectors=("GOV",)),),
)  # fmt: skip


def test_words_are_values():
    actors = field_value("actors", "Peru; Rebels | KEN\nNATO; jpn", RECORD)
    assert [(p["name"], p["country"], p["entity"]) for p in actors] == [
        ("Peru", "PER", "country:PER"), ("Rebels", "KEN", None), ("NATO", None, None), ("Japan", "JPN", "country:JPN"),
    ] or actors[2]["entity"] == "org:nato"  # fmt: skip
    assert actors[0]["sectors"] == ("GOV",) or actors[0]["sectors"] == ["GOV"]
    assert field_value("recipients", "none", RECORD) == []
    whens = {w: field_value("when", w, RECORD) for w in ("2025-09-08", "2025-09", "2025", "2025-09-08/2025-09-10", "unknown")}
    assert [(w["start"], w["end"], w["grain"]) for w in whens.values()] == [
        ("2025-09-08", "2025-09-09", "day"), ("2025-09-01", "2025-10-01", "month"), ("2025-01-01", "2026-01-01", "year"),
        ("2025-09-08", "2025-09-10", "period"), (None, None, None),
    ]  # fmt: skip
    assert field_value("where", "Paris", RECORD)["country"] == "FRA" and field_value("where", "Paris | USA", RECORD)["country"] == "USA"
    assert field_value("where", "Nowhereville-on-Sea", RECORD)["lat"] is None and field_value("where", "none", RECORD) is None
    assert field_value("contexts", "Human Rights, military", RECORD) == ["human_rights", "military"]
    assert field_value("mode", "Third party", RECORD) == "third-party" and field_value("mode", "none", RECORD) is None
    assert field_value("negated", "true", RECORD) is True and field_value("plover_score", "2.5", RECORD) == 2.5
    assert field_value("actors", "[]", RECORD) == [] and field_value("evidence", "0-2; 3-4", RECORD)


@pytest.mark.parametrize(
    ("field", "written"),
    [("type", "PARTY"), ("mode", "waltz"), ("modality", "maybe"), ("contexts", "weather"), ("actors", "QQQ"), ("actors", "Rebels | QQQ"), ("when", "soon"),
     ("when", "2025-09-10/2025-09-08"), ("when", "2025-13"), ("where", "Paris | QQQ"), ("negated", "perhaps"), ("plover_score", "much"), ("trigger", "4"), ("evidence", "5-2"), ("attribution", "Reuters"), ("actors", "[")],
)  # fmt: skip
def test_words_that_mean_nothing_are_refused(field, written):
    with pytest.raises((UsageError, ValueError)):
        field_value(field, written, RECORD)


def test_measures_are_those_of_the_ontology():
    for kind in (*ontology.event_types(), "STATE"):
        for mode in (None, *ontology.modes(kind)):
            found = tables.measures(kind, mode)
            assert found["quad"] == ontology.quad(kind) and found["plover_score"] == ontology.score(kind, mode)
            assert found["goldstein"] == ontology.goldstein(found["cameo"])


def test_what_has_no_day_of_publication_was_known_when_it_was_added(store, tmp_path, capsys):
    undated = tmp_path / "u.txt"
    undated.write_text("Fiji condemned Samoa over a fishing ban, officials said.")
    assert main(["add", str(undated), "--store", store]) == 0
    capsys.readouterr()
    for kind in ("events", "mentions"):
        assert len(ask(capsys, kind, "--actor", "FJI", "--store", store)) == 1
        assert ask(capsys, kind, "--actor", "FJI", "--as-of", "2025-06-01", "--store", store) == []
        assert len(ask(capsys, kind, "--actor", "KEN", "--as-of", "2025-06-01", "--store", store)) == 1
        assert len(ask(capsys, kind, "--actor", "FJI", "--as-of", "2099-01-01", "--store", store)) == 1


def test_a_snapshot_is_taken_from_the_command_line(store, tmp_path, capsys):
    copy = str(tmp_path / "copy.db")
    assert main(["snapshot", copy, "--store", store]) == 0
    capsys.readouterr()
    assert ask(capsys, "events", "--store", copy) == ask(capsys, "events", "--store", store)
    assert main(["snapshot", copy, "--store", store]) == 1  # it is there already


def test_linking_anew_of_an_open_store_is_linking_from_the_start(store):
    import communique
    from communique import pipeline
    from communique.records import Review

    def told(open_store):
        return sorted((e.type, e.quad, e.mentions) for e in open_store.events())

    with communique.open(store) as kept:
        pipeline.link_store(kept.inner)
        (record,) = kept.mentions(actor="KEN")
        given = {"target": record.id, "before": None, "why": None, "by": "ana"}
        for n, act in enumerate((
            {"act": "correct", "field": "type", "after": '"AID"'}, {"act": "reject", "field": None, "after": None},
            {"act": "undo", "field": None, "after": None, "undoes": "a1"}, {"act": "accept", "field": None, "after": None},
        )):  # fmt: skip
            kept.inner.review(Review(id=f"a{n}", at=f"2025-03-0{n + 5}T00:00:00Z", **given, **act))
            pipeline.link_store(kept.inner)
            at_once = told(kept)
            with communique.open(store) as again:
                pipeline.link_store(again.inner)
                assert told(again) == at_once, act
            assert [t[:2] for t in at_once if record.id in t[2]] == ([] if act["act"] == "reject" else [("AID", "material cooperation")]), act
            assert kept.inner.check(deep=True) == []

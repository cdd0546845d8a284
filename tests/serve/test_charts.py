"""The geometry of charts: what is enlarged, what is named, what stays inside."""

from __future__ import annotations

from communique.serve.charts import equal_earth, framed, lettered, stepped_labels


def test_a_map_is_enlarged_around_its_points_and_never_beyond_the_world() -> None:
    nairobi, dodoma = equal_earth(-1.3, 36.8), equal_earth(-6.2, 35.7)
    frame = framed([nairobi, dodoma])
    assert 5 < frame.zoom <= 6
    assert all(0 < x < 960 and 0 < y < 468 for x, y in (frame.at(*nairobi), frame.at(*dodoma)))
    for corner in ((0.0, 0.0), (960.0, 468.0)):  # no stretch of paper beyond the map's edge
        x, y = frame.at(*corner)
        assert (x <= 0 or x >= 960) and (y <= 0 or y >= 468)
    edge = framed([equal_earth(-41.3, 174.8)])
    assert edge.left == round(960 * (1 - edge.zoom), 1), "New Zealand lies at the edge"


def test_a_map_of_the_whole_world_is_not_enlarged() -> None:
    assert framed([]) == framed([equal_earth(60, -150), equal_earth(-40, 175)]) == (1.0, 0.0, 0.0)


def test_names_cover_neither_discs_nor_names() -> None:
    found = lettered([(100, 100, 5, "Alpha"), (130, 100, 5, "Beta"), (955, 200, 5, "Gamma"), (100, 103, 5, "Delta")])
    assert [(n, anchor) for _, _, anchor, n in found] == [("Alpha", "end"), ("Beta", "start"), ("Gamma", "end")], "Delta would lie on Alpha"


def test_labels_stay_inside_and_read_as_dates() -> None:
    starts = [f"2025-09-{d:02d}" for d in range(1, 31)]
    labels = stepped_labels(starts, 480, lambda s: s[-2:], 84, 480)
    assert all(t.at + 33 < 480 for t in labels) and labels[0].label == "01"
    assert len(stepped_labels(starts[:1], 34, str, 84, 480)) == 1

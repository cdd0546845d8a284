"""Settings: defaults, file, environment, flags, in that order; anything unknown is refused with its name."""

import pytest

from communique.config import Settings, load_settings
from communique.errors import ConfigError


def test_later_sources_win(tmp_path):
    file = tmp_path / "c.toml"
    file.write_text('threshold = 0.6\nport = 9000\nstore = "a.db"\n')
    found = load_settings(path=file, environ={"COMMUNIQUE_PORT": "9100", "COMMUNIQUE_OTHER": "x"}, store="b.db", host=None)
    assert (found.threshold, found.port, found.store, found.host) == (0.6, 9100, "b.db", "127.0.0.1")


@pytest.mark.parametrize(
    "text, word",
    [("colour = 1", "colour"), ("threshold = 'high'", "threshold"), ("threshold = 2.0", "threshold"), ("x = [", "TOML"), ("plover = '3'", "plover")],
)
def test_what_is_wrong_is_named(tmp_path, text, word):
    file = tmp_path / "c.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=word):
        load_settings(path=file, environ={})


def test_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.toml"):
        load_settings(path=tmp_path / "none.toml", environ={})


def test_digest_is_of_what_changes_the_coding():
    assert Settings(port=1, store="x").digest() == Settings().digest()
    assert Settings(threshold=0.7).digest() != Settings().digest()

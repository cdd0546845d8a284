"""One frozen `Settings`: defaults here, then `communique.toml`, then `COMMUNIQUE_*`, then flags.

Decoded strictly: an unknown key or a wrong type is a `ConfigError` that names the key, the file and what is
accepted. Stages never see `Settings`; `pipeline` unpacks it into plain keyword arguments. `Settings.digest()`
covers exactly the fields that can change what is coded, and goes into every run.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from communique.errors import ConfigError
from communique.text import digest

ENV_PREFIX = "COMMUNIQUE_"
FILE_NAME = "communique.toml"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything a user can set. Scores lie in 0..1, windows are days, sizes bytes."""

    store: str = "communique.db"
    coder: str = "model.v1"
    threshold: float = 0.5
    plover: Literal["2.0", "1.3"] = "2.0"
    accuse: Literal["negative", "printed"] = "negative"
    sanction: Literal["text", "table"] = "text"
    goldstein: Literal["icews", "parus"] = "icews"
    borders: Literal["plover", "apart"] = "plover"
    adapted: str = ""
    link_window_days: int = 45
    link_threshold: float = 0.5
    host: str = "127.0.0.1"
    port: int = 8787

    def __post_init__(self) -> None:
        for name in ("threshold", "link_threshold"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"`{name}` lies in 0..1, not {getattr(self, name)}")
        if self.link_window_days < 0:
            raise ValueError(f"`link_window_days` is a number of days from 0, not {self.link_window_days}")

    def digest(self) -> str:
        """Digest of the fields that can change what is coded or linked (not of addresses and paths)."""
        named = {f: getattr(self, f) for f in self.__struct_fields__ if f not in ("store", "host", "port", "adapted")}
        if self.adapted:  # what the file says decides, not where it lies
            file = Path(self.adapted)
            named["adapted"] = digest(file.read_bytes(), length=12) if file.is_file() else ""
        return digest(msgspec.json.encode(named, order="sorted"), length=12)


def load_settings(
    *, path: str | Path | None = None, environ: Mapping[str, str] | None = None, **flags: Any
) -> Settings:
    """Settings from defaults, the file (default: `communique.toml` here, if any), environment and flags.

    Flags that are `None` are not set. Raises `ConfigError` naming the first key that is not accepted.
    """
    merged: dict[str, Any] = {}
    file = Path(path) if path is not None else Path(FILE_NAME)
    if path is not None or file.is_file():
        merged.update(_convert(_read_toml(file), where=str(file)))
    env = os.environ if environ is None else environ
    fields = set(Settings.__struct_fields__)
    found = {k[len(ENV_PREFIX) :].lower(): v for k, v in env.items() if k.startswith(ENV_PREFIX)}
    merged.update(_convert({k: v for k, v in found.items() if k in fields}, where="environment", strict=False))
    merged.update(_convert({k: v for k, v in flags.items() if v is not None}, where="flags", strict=False))
    try:
        return Settings(**merged)
    except ValueError as error:
        raise ConfigError(f"{error}", where=str(file)) from error


def _read_toml(file: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error.strerror}); name another file", where=str(file)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: not TOML: {error}", where=str(file)) from error


def _convert(values: dict[str, Any], *, where: str, strict: bool = True) -> dict[str, Any]:
    known = Settings.__struct_fields__
    for key in values:
        if key not in known:
            raise ConfigError(f"{where}: unknown setting `{key}`; there are: {', '.join(known)}", where=where, value=key)
    try:
        decoded = msgspec.convert(values, Settings, strict=strict)
    except (msgspec.ValidationError, ValueError) as error:
        raise ConfigError(f"{where}: {error}", where=where) from error
    return {key: getattr(decoded, key) for key in values}

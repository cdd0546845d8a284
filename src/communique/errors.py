"""The error tree. Two grades: *this document* cannot be read, and *this run* cannot go on.

    CommuniqueError
    ├── DocumentError          one document cannot be read: count it, name it, keep it out, go on
    │   ├── UnreadableError        bytes are not text, markup is broken beyond use, nothing is left
    │   ├── TooLargeError          a cap on bytes, ratio, nesting, elements, attributes or time was met
    │   └── UnsupportedError       a format or language that we can't read
    └── RunError               the run cannot go on: stop now, exit code 1
        ├── UsageError             the caller asked for something that does not exist: exit code 2
        ├── ConfigError            a setting is unknown or has a wrong value
        ├── StoreError             the store is missing, locked, newer than this program, or damaged
        ├── TableError             a built table is missing or does not fit this program
        └── CheckError             a check that was asked for did not hold: exit code 3

Each carries `where` (file, line or offset) and `value` (what was found) as attributes, and its message
says what was wrong, what is accepted and what to do next.
"""

from __future__ import annotations


class CommuniqueError(Exception):
    """Anything communique raises on purpose."""

    def __init__(self, message: str, *, where: str | None = None, value: object = None) -> None:
        super().__init__(message)
        self.where = where
        self.value = value


class DocumentError(CommuniqueError):
    """This document cannot be read; the run goes on without it."""

    reason = "unreadable"


class UnreadableError(DocumentError):
    """The bytes hold no text that we can find: binary, empty, or broken beyond use."""

    reason = "unreadable"


class TooLargeError(DocumentError):
    """A cap was met: bytes, compression ratio, nesting, elements, attributes, or wall clock."""

    reason = "too large"


class UnsupportedError(DocumentError):
    """A format or a language that is not supported."""

    reason = "unsupported"


class RunError(CommuniqueError):
    """The run cannot go on."""


class UsageError(RunError):
    """The caller named something that does not exist or does not fit (exit code 2)."""


class ConfigError(RunError):
    """A setting is unknown or has a value that is not accepted."""


class StoreError(RunError):
    """The store is missing, locked, newer than this program, or damaged."""


class TableError(RunError):
    """A built table is missing, or was built for another version."""


class CheckError(RunError):
    """A check that the caller asked for did not hold (exit code 3)."""

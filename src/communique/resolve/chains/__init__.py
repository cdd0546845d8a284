"""Coreference: what pronouns, nominals, groups and repeated names stand for."""

from communique.resolve.chains.sieve import resolve_chains

__all__ = ["resolve_chains"]

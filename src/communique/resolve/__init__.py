"""Mentions → entities: names first, then chains (pronouns, groups), then places."""

from __future__ import annotations

from communique.records import Annotated

__all__ = ["resolve_article"]


def resolve_article(annotated: Annotated) -> Annotated:
    """The same record with references on its mentions and its places filled in: names, then chains, then places."""
    from communique.resolve.chains import resolve_chains
    from communique.resolve.entities import resolve_names
    from communique.resolve.places import resolve_places

    return resolve_places(resolve_chains(resolve_names(annotated)))

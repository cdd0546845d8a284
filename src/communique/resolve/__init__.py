"""Mentions → entities: names first, then chains (pronouns, groups), then places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from communique.records import Annotated

if TYPE_CHECKING:
    from communique.resolve.importers import Imported

__all__ = ["resolve_article"]


def resolve_article(annotated: Annotated, imported: Imported | None = None) -> Annotated:
    """The same record with references on its mentions and its places filled in: names, then chains, then places.
    `imported` are the user's own actors, known beside those of the tables."""
    from communique.resolve.chains import resolve_chains
    from communique.resolve.entities import resolve_names
    from communique.resolve.places import resolve_places

    return resolve_places(resolve_chains(resolve_names(annotated, imported)))

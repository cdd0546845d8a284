"""Bytes → Document → Article."""

from __future__ import annotations

from communique.ingest.article import label_article

__all__ = ["label_article"]

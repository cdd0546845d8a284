"""Article → Annotated: parse, mentions, times, quotations. One document at a time, nothing kept between them."""

from __future__ import annotations

import importlib
from typing import Any

from communique.records import Annotated, Article, Sentence

__all__ = ["annotate_article"]


def annotate_article(article: Article, sentences: tuple[Sentence, ...] | None = None) -> Annotated:
    """The article with its sentences, mentions (unresolved), time expressions and quotations.

    `sentences` are those of `language.parse_articles` when a caller has parsed a batch; otherwise it is parsed here.
    """
    from communique.annotate.language import model_name, parse_article

    if sentences is None:
        sentences = parse_article(article)
    return Annotated(
        article=article,
        sentences=sentences,
        mentions=_layer("mentions", "find_mentions", article, sentences),
        times=_layer("times", "find_times", article, sentences),
        quotations=_layer("quotes", "find_quotations", article, sentences),
        nlp=model_name(),
    )


def _layer(module: str, function: str, article: Article, sentences: tuple[Sentence, ...]) -> Any:
    name = f"communique.annotate.{module}"
    try:
        found = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        return ()
    return getattr(found, function)(article, sentences)

"""The board's pages, a blueprint for each kind: route → one function of the kit → a template."""

from __future__ import annotations

from flask import Blueprint

from archive_boards.board import Board
from archive_boards.pages import (
    bookmarks,
    comments,
    drafts,
    feed,
    guides,
    history,
    images,
    lists,
    moderation,
    posts,
    reports,
    sitemap,
    votes,
    writing,
)

__all__ = ["blueprints"]


def blueprints(board: Board) -> tuple[Blueprint, ...]:
    """Every blueprint of a board."""
    kinds = [lists, posts, writing, drafts, comments, votes, bookmarks, history, images]
    kinds += [feed, sitemap, reports, moderation]
    if board.guides:
        kinds.append(guides)
    return tuple(kind.blueprint for kind in kinds)

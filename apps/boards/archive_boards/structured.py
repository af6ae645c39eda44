"""What search engines read of a post besides its page: schema.org's JSON-LD (QAPage for questions, else an article)."""

from __future__ import annotations

import json
from typing import Any

from flask import current_app
from markupsafe import Markup

from archive_boards import announce
from archive_boards.board import Board
from archive_boards.names import AnyRow, author_name
from archive_boards.reading import Comment, Discussion
from archive_chassis import markdown

#: Characters of a text; search engines show far less.
TEXT_LENGTH = 5_000
#: Answers beside the accepted one.
ANSWERS = 10


def data(board: Board, post: AnyRow, talk: Discussion) -> Markup:
    """The post (a row of `reading.find_post`) as JSON for a script element of the type application/ld+json."""
    url = current_app.extensions["archive_settings"].public_url + announce.board_path() + f"/{post.id}"
    found = _question(post, talk, url) if board.answers else _article(board, post, url)
    text = json.dumps({"@context": "https://schema.org"} | found, ensure_ascii=False)
    # Within a script element only these could end it or open another one.
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704 - escaped


def _article(board: Board, post: AnyRow, url: str) -> dict[str, Any]:
    return {
        "@type": "NewsArticle" if board.writers == "editors" else "Article",
        "headline": post.title,
        "url": url,
        "datePublished": _time(post.published_at),
        "dateModified": _time(post.edited_at or post.published_at),
        "author": {"@type": "Person", "name": author_name(post)},
        "keywords": post.tags.split(),
        "commentCount": post.comments,
    }


def _question(post: AnyRow, talk: Discussion, url: str) -> dict[str, Any]:
    accepted = [answer for answer in talk.answers if answer.id == post.accepted_id and not answer.deleted]
    others = [answer for answer in talk.answers if answer.id != post.accepted_id and not answer.deleted][:ANSWERS]
    question: dict[str, Any] = {
        "@type": "Question",
        "name": post.title,
        "text": markdown.plain(post.html, TEXT_LENGTH),
        "answerCount": post.answers,
        "upvoteCount": post.score,
        "datePublished": _time(post.published_at),
        "author": {"@type": "Person", "name": author_name(post)},
    }
    question |= {"acceptedAnswer": _answer(accepted[0], url)} if accepted else {}
    question |= {"suggestedAnswer": [_answer(answer, url) for answer in others]} if others else {}
    return {"@type": "QAPage", "url": url, "mainEntity": question}


def _answer(answer: Comment, url: str) -> dict[str, Any]:
    return {
        "@type": "Answer",
        "text": markdown.plain(answer.html, TEXT_LENGTH),
        "upvoteCount": answer.score,
        "url": f"{url}#comment-{answer.id}",
        "datePublished": _time(answer.created_at),
        "author": {"@type": "Person", "name": answer.author},
    }


def _time(at: Any) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")

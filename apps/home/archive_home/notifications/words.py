"""What a notification says, in the reader's language."""

from __future__ import annotations

from archive_chassis.i18n import _

#: (kind, action) → the sentence, Korean as in the source. `name` is who did it.
SENTENCES: dict[tuple[str, str], str] = {
    ("reply", "comment"): "{name}님이 내 글에 댓글을 남겼어요",
    ("reply", "answer"): "{name}님이 내 질문에 답변했어요",
    ("reply", "reply"): "{name}님이 내 댓글에 답글을 남겼어요",
    ("mention", "post"): "{name}님이 글에서 나를 불렀어요",
    ("mention", "comment"): "{name}님이 댓글에서 나를 불렀어요",
    ("accepted", "accept"): "{name}님이 내 답변을 채택했어요",
    ("moderation", "hide post"): "운영진이 내 글을 숨겼어요",
    ("moderation", "unhide post"): "운영진이 내 글을 다시 보이게 했어요",
    ("moderation", "delete post"): "운영진이 내 글을 삭제했어요",
    ("moderation", "lock post"): "운영진이 내 글을 잠갔어요. 이제 댓글을 달 수 없어요",
    ("moderation", "unlock post"): "운영진이 내 글의 잠금을 풀었어요",
    ("moderation", "move post"): "운영진이 내 글을 다른 분류로 옮겼어요",
    ("moderation", "approve post"): "운영진이 내 글을 살펴보고 공개했어요",
    ("moderation", "reject post"): "운영진이 내 글을 살펴보고 공개하지 않기로 했어요",
    ("moderation", "hide comment"): "운영진이 내 댓글을 숨겼어요",
    ("moderation", "unhide comment"): "운영진이 내 댓글을 다시 보이게 했어요",
    ("moderation", "delete comment"): "운영진이 내 댓글을 삭제했어요",
    ("moderation", "approve comment"): "운영진이 내 댓글을 살펴보고 공개했어요",
    ("moderation", "reject comment"): "운영진이 내 댓글을 살펴보고 공개하지 않기로 했어요",
}
#: What a newer board does that this release has no words for.
UNKNOWN = "내 글이나 댓글에 새로운 일이 있어요"
MODERATED = "운영진이 내 글이나 댓글에 조치를 했어요"

#: kind → what the settings call it, and what it is about.
KIND_WORDS: dict[str, tuple[str, str]] = {
    "reply": ("댓글과 답변", "내 글에 댓글이나 답변이, 내 댓글에 답글이 달렸을 때"),
    "mention": ("언급", "누가 글이나 댓글에서 @닉네임으로 나를 불렀을 때"),
    "accepted": ("채택", "내 답변이 채택됐을 때"),
    "moderation": ("운영진의 조치", "내 글이나 댓글을 운영진이 숨기거나 옮기거나 공개했을 때"),
}

SOMEBODY = "회원"
LEFT = "탈퇴한 회원"


def sentence(kind: str, action: str, name: str) -> str:
    """What happened. `name` is the actor's, or one of this module's words for one who has none."""
    said = SENTENCES.get((kind, action), MODERATED if kind == "moderation" else UNKNOWN)
    return _(said, name=name)


def actor(nickname: str | None, gone: bool | None) -> str:
    """What to call the actor: a member who has left, or of whom home has not heard yet, has no name here."""
    if gone:
        return _(LEFT)
    return nickname or _(SOMEBODY)

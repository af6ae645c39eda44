"""Seeded members who use the boards as people do: they write, answer, vote, delete and think better of it.

What a player does next depends on the seed, and on the answers to their own requests alone. Players share the posts
that a community begins with, so they meet there; everything else of theirs is their own.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from tests.apps.boards.site import OWN
from tests.torture.asking import Asker
from tests.torture.beginning import AUTHORS, PLAYERS, Common, member_of
from tests.torture.community import ACCOUNTS, ADMIN, BOARDS
from tests.torture.journal import Comment, Draft, Possible, Post, Text
from tests.torture.wire import Wire

from archive_boards.service import find_board
from archive_chassis.tokens import Member

#: Of each player: so many that no rate limit is met.
MEMBERS = 40
TAGS = ("보스", "초보", "빌드", "지도", "버그", "팁")


class Player(Asker):
    """One of PLAYERS, by number."""

    def __init__(self, number: int, seed: int, wire: Wire, common: Sequence[Common], heard: Callable[[], None]) -> None:
        super().__init__(wire, heard)
        self._number = number
        self._seed = seed
        self._common = common
        self._members = [member_of(1_000 * (number + 1) + place) for place in range(MEMBERS)]
        self._suspects = tuple(ACCOUNTS)[PLAYERS:][number::PLAYERS]
        self._moves = 0
        wire.open_form("/guides/write", self._members[0])

    def play(self, turn: str, moves: int) -> None:
        """Make some moves; which ones, the seed and `turn` say."""
        self._chance = random.Random(f"{self._seed} {self._number} {turn}")  # noqa: S311 - the same every time
        names, weights = list(_WEIGHTS), list(_WEIGHTS.values())
        for name in self._chance.choices(names, weights, k=moves):
            self._moves += 1
            move: Callable[[], bool] = getattr(self, f"_{name}")
            if not move():
                self._publish()

    # --- posts

    def _publish(self) -> bool:
        saved = [draft for draft in self.journal.drafts if draft.exists.values == {True}]
        draft = self._chance.choice(saved) if saved and self._chance.random() < 0.2 else None
        board = draft.board if draft else self._chance.choice(BOARDS)
        author = draft.member if draft else self._anyone().id
        submission = draft.submission if draft else self._name("form")
        post = Post(board, self._name("글"), author, submission, texts=[Text(self._name("본문"), certain=True)])
        self.journal.posts.append(post)
        told = self._ask(f"/{board}/write", self._post_form(post, post.texts[0].token), self._who(author))
        if told.taken:
            post.exists.is_now(True)
            post.id = told.id
        else:
            post.exists.may_be(True)
        if draft:
            draft.exists.is_now(False) if told.taken else draft.exists.may_be(False)
        return True

    def _edit(self) -> bool:
        post = self._own_post()
        if post is None:
            return False
        text = Text(self._name("본문"), certain=True)
        form = self._post_form(post, text.token) | {"revision": str(post.revision), "submission": self._name("form")}
        told = self._ask(f"/{post.board}/{post.id}/edit", form, self._who(post.author), applied=(409,))
        text.certain = told.taken
        post.texts.append(text)
        post.revision += 1
        post.left = not told.taken
        return True

    def _remove(self) -> bool:
        post = self._own_post()
        return post is not None and self._place(post, "delete", False, (410, 409))

    def _restore(self) -> bool:
        gone = [one for one in self.journal.posts if one.id and not one.left and one.shown.values == {False}]
        return bool(gone) and self._place(self._chance.choice(gone), "restore", True, (409,))

    def _place(self, post: Post, verb: str, shown: bool, applied: tuple[int, ...]) -> bool:
        told = self._ask(f"/{post.board}/{post.id}/{verb}", {}, self._who(post.author), applied)
        post.shown.is_now(shown) if told.taken else post.shown.may_be(shown)
        post.left = not told.taken
        return True

    # --- comments and answers

    def _comment(self) -> bool:
        board, post_id, _author = self._any_post()
        kind = "answer" if board == "qa" and self._chance.random() < 0.5 else "comment"
        return self._say(board, post_id, kind)

    def _answer(self) -> bool:
        """Answer an own question, so that one can be accepted."""
        post = self._own_post("qa")
        return post is not None and post.id is not None and self._say("qa", post.id, "answer")

    def _say(self, board: str, post_id: int, kind: str) -> bool:
        author, token = self._anyone(), self._name("댓글")
        said = Comment(board, post_id, kind, token, author.id, self._name("form"))
        self.journal.comments.append(said)
        form = {"body": said.token, "submission": said.submission}
        told = self._ask(f"/{board}/{post_id}/{kind}s", form, author)
        if told.taken:
            said.exists.is_now(True)
            said.id = told.id
        else:
            said.exists.may_be(True)
            said.left = True
        return True

    def _uncomment(self) -> bool:
        said = self._own_comment(shown=True)
        if said is None:
            return False
        path = f"/{said.board}/comments/{said.id}/delete"
        told = self._ask(path, {}, self._who(said.author), applied=(410,))
        said.shown.is_now(False) if told.taken else said.shown.may_be(False)
        said.left = not told.taken
        for post in self.journal.posts:
            if (post.board, post.id) == (said.board, said.post_id) and said.id in post.accepted.values:
                post.accepted.values = (post.accepted.values - ({said.id} if told.taken else set())) | {None}
        return True

    def _recomment(self) -> bool:
        said = self._own_comment(shown=False)
        if said is None:
            return False
        path = f"/{said.board}/comments/{said.id}/restore"
        told = self._ask(path, {}, self._who(said.author), applied=(403, 409))
        said.shown.is_now(True) if told.taken else said.shown.may_be(True)
        said.left = not told.taken
        return True

    def _accept(self) -> bool:
        answers = [said for said in self._comments(shown=True) if said.kind == "answer"]
        asked = {post.id: post for post in self.journal.posts if post.board == "qa" and post.usable}
        answers = [said for said in answers if said.post_id in asked]
        if not answers:
            return self._answer()
        said = self._chance.choice(answers)
        post = asked[said.post_id]
        told = self._ask(f"/qa/{post.id}/accept", {"answer": str(said.id)}, self._who(post.author))
        post.accepted.is_now(said.id) if told.taken else post.accepted.may_be(said.id)
        post.left = not told.taken
        return True

    # --- votes, bookmarks, drafts

    def _vote(self) -> bool:
        board, post_id, author = self._any_post()
        return self._cast(board, "post", post_id, author, f"/{board}/{post_id}/vote")

    def _vote_on_comment(self) -> bool:
        said = self._own_comment(shown=True)
        if said is None or said.id is None:
            return False
        return self._cast(said.board, "comment", said.id, said.author, f"/{said.board}/comments/{said.id}/vote")

    def _cast(self, board: str, subject: str, subject_id: int, author: int, path: str) -> bool:
        voter = self._anyone(but=author)
        value = self._chance.choice((1, 1, 1, -1, 0))
        vote = self.journal.votes.setdefault((board, subject, subject_id, voter.id), Possible({0}))
        told = self._ask(path, {"vote": str(value)}, voter)
        vote.is_now(value) if told.taken else vote.may_be(value)
        return True

    def _bookmark(self) -> bool:
        board, post_id, _author = self._any_post()
        member, keep = self._anyone(), self._chance.random() < 0.7
        kept = self.journal.bookmarks.setdefault((board, post_id, member.id), Possible({False}))
        told = self._ask(f"/{board}/{post_id}/bookmark", {"keep": "1"} if keep else {}, member)
        kept.is_now(keep) if told.taken else kept.may_be(keep)
        return True

    def _draft(self) -> bool:
        board, member = self._chance.choice(BOARDS), self._anyone()
        draft = Draft(board, self._name("초안"), member.id, self._name("form"))
        self.journal.drafts.append(draft)
        form = {"title": draft.token, "body": draft.token, "submission": draft.submission, "save": "1"}
        told = self._ask(f"/{board}/write", form, member)
        draft.exists.is_now(True) if told.taken else draft.exists.may_be(True)
        return True

    # --- what moderators do in auth, for the boards to hear of

    def _suspend(self) -> bool:
        account, suspend = self._chance.choice(self._suspects), self._chance.random() < 0.6
        state = self.journal.suspended.setdefault(account, Possible({False}))
        form = {"term": "7", "reason": "시험"} if suspend else {}
        told = self._ask(f"/auth/admin/members/{account}/{'suspend' if suspend else 'lift'}", form, ADMIN)
        state.is_now(suspend) if told.taken else state.may_be(suspend)
        return True

    def _promote(self) -> bool:
        account = AUTHORS[self._number]
        state = self.journal.roles.setdefault(account, Possible({"member"}))
        role = "moderator" if "member" in state.values else "member"
        told = self._ask(f"/auth/admin/members/{account}/role", {"role": role}, ADMIN)
        state.is_now(role) if told.taken else state.may_be(role)
        return True

    # --- choosing

    def _anyone(self, but: int = 0) -> Member:
        return self._chance.choice([one for one in self._members if one.id != but])

    def _who(self, member_id: int) -> Member:
        return next(one for one in self._members if one.id == member_id)

    def _own_post(self, board: str = "") -> Post | None:
        usable = [one for one in self.journal.posts if one.usable and board in ("", one.board)]
        return self._chance.choice(usable) if usable else None

    def _any_post(self) -> tuple[str, int, int]:
        """An own post or one of everybody's: board, id, author."""
        post = self._own_post()
        if post is None or post.id is None or self._chance.random() < 0.5:
            common = self._chance.choice(self._common)
            return common.board, common.id, common.author
        return post.board, post.id, post.author

    def _comments(self, *, shown: bool) -> list[Comment]:
        """Own comments that are shown or not, on posts that are."""
        open_posts = {(one.board, one.id) for one in self.journal.posts if one.usable}
        open_posts |= {(one.board, one.id) for one in self._common}
        known = [one for one in self.journal.comments if one.id is not None and not one.left]
        return [one for one in known if one.shown.values == {shown} and (one.board, one.post_id) in open_posts]

    def _own_comment(self, *, shown: bool) -> Comment | None:
        found = self._comments(shown=shown)
        return self._chance.choice(found) if found else None

    def _name(self, what: str) -> str:
        """A word that is nowhere else."""
        return f"{what}-{self._number}-{self._moves}-{self._chance.getrandbits(24):06x}"

    def _post_form(self, post: Post, text: str) -> dict[str, str]:
        tags = " ".join(self._chance.sample(TAGS, self._chance.randint(0, 3)))
        category = self._chance.choice(find_board(post.board).categories).key
        form = {"title": post.token, "body": text, "category": category, "tags": tags, "submission": post.submission}
        return form | OWN[post.board]


#: Moves, and how often each is made. One for which there is nothing yet becomes a publication.
_WEIGHTS = {
    "publish": 18,
    "edit": 12,
    "remove": 6,
    "restore": 5,
    "comment": 18,
    "answer": 4,
    "uncomment": 6,
    "recomment": 4,
    "accept": 5,
    "vote": 14,
    "vote_on_comment": 5,
    "bookmark": 6,
    "draft": 6,
    "suspend": 4,
    "promote": 7,
}

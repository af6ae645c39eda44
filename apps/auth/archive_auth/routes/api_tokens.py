"""My page: API tokens."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from archive_auth.services import accounts, api_tokens
from archive_auth.settings import settings
from archive_chassis import forms
from archive_chassis.i18n import _
from archive_chassis.templating import notice, render

pages = Blueprint("api_tokens", __name__, url_prefix="/me/tokens")

TEMPLATE = "account/api_tokens.html"


def _values(wish: api_tokens.Wish) -> dict[str, Any]:
    account, _sid = accounts.own_account()
    return {
        "account": account,
        "tokens": api_tokens.listed(account.id),
        "most": api_tokens.MOST,
        "max_name": api_tokens.MAX_NAME,
        "scopes": [(key, _(text)) for key, text in api_tokens.SCOPES.items()],
        "lifetimes": [(str(days), _("{days}일", days=days)) for days in api_tokens.LIFETIMES],
        "wish": wish,
    }


def _empty() -> api_tokens.Wish:
    return api_tokens.Wish(name="", scopes="read", days="30", submission=api_tokens.new_submission())


@pages.get("")
def list_tokens() -> ResponseReturnValue:
    return render(TEMPLATE, errors={}, made="", **_values(_empty()))


@pages.post("")
def make() -> ResponseReturnValue:
    """The answer is the page itself: a token that is shown once must not wait anywhere for the next request."""
    wish = api_tokens.Wish(
        name=forms.text("name"),
        scopes=forms.text("scopes"),
        days=forms.text("days"),
        submission=forms.text("submission"),
    )
    forms.show_again(TEMPLATE, made="", **_values(wish))
    made = api_tokens.make(wish, forms.secret("token_password"))
    return render(TEMPLATE, errors={}, made=made, **_values(_empty()))


@pages.post("/<jti>/revoke")
def revoke(jti: str) -> ResponseReturnValue:
    api_tokens.revoke(jti)
    notice("success", _("토큰을 폐기했어요"))
    return redirect(f"{settings().path}/me/tokens", 303)

"""What the service keeps beside the chassis' settings, for the app that is answering."""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app

from archive_chassis.settings import Settings, SettingsError
from archive_chassis.tokens import Signer


def install(app: Flask, chosen: Settings) -> None:
    """Read the signing keys. SettingsError without any: this service is the one that signs."""
    if chosen.signing_keys is None:
        raise SettingsError(
            "ARCHIVE_SIGNING_KEYS is not set: the service auth signs access tokens and needs a JSON Web Key Set with a "
            "private Ed25519 key"
        )
    try:
        app.extensions["archive_signer"] = Signer(chosen.signing_keys.get_secret_value())
    except Exception as error:
        # Whatever the reason, it must not show the keys.
        raise SettingsError(
            f"ARCHIVE_SIGNING_KEYS is not a JSON Web Key Set with a private Ed25519 key first ({type(error).__name__})"
        ) from None


def settings() -> Settings:
    return cast("Settings", current_app.extensions["archive_settings"])


def signer() -> Signer:
    return cast("Signer", current_app.extensions["archive_signer"])

"""The secrets that the services of a community share."""

from __future__ import annotations

from pulumi import ComponentResource, Output, ResourceOptions

from archive_platform.generated import GeneratedSecret
from archive_platform.services.environment import Secrets
from archive_platform.services.signing import SigningKeys


class SharedSecrets(ComponentResource):
    """What every service needs to know to trust what another one signed."""

    kind = "archive:services:SharedSecrets"

    def __init__(self, name: str, opts: ResourceOptions | None = None) -> None:
        super().__init__(self.kind, name, None, opts)
        child = ResourceOptions(parent=self)
        self.secret_key = GeneratedSecret(f"{name}-key", opts=child).value
        self.internal_token = GeneratedSecret(f"{name}-internal-token", opts=child).value
        self.keys = SigningKeys(f"{name}-signing-keys", opts=child)
        self.register_outputs({})

    def resolved(self) -> Output[Secrets]:
        """All of them at once, as the services' environment needs them."""
        parts = Output.all(
            secret_key=self.secret_key,
            internal_token=self.internal_token,
            signing=self.keys.signing,
            verification=self.keys.verification,
        )
        return parts.apply(lambda values: Secrets(**values))

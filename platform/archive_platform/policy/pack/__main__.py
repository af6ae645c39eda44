"""The policies of Game Archive, as the engine starts them: `pulumi up --policy-pack <this folder>/game-archive`."""

import sys

try:
    from archive_platform.policy.pack import run
except ImportError as error:
    sys.exit(
        f"The policies cannot be loaded by {sys.executable}: {error}. Run make check, which makes the environment, and"
        ' eval "$(make -s env)", which makes the engine use it.'
    )

run()

"""A stand-in for the official `pulumi-resource-aws`, for tests where that plugin or AWS cannot be had.

It checks inputs against the SDK's own types (`inputs`), names resources as the plugin does (`naming`), and says what a
change replaces (`replacements`). With an emulator's address in the provider's `endpoints` it makes resources there
(`emulated`), so that a wrong reference fails with AWS's error and a refresh finds what was changed; what the emulator
does not know, and everything without one, is computed (`computed`).

What it cannot tell: whether AWS's limits, quotas and permissions allow it; how long anything takes; whether a text is
one that AWS takes, where neither the SDK nor moto knows; what a function, an image or a server does.
"""

"""The whole community on this machine: the resources of the `dev` stack.

Each is a Pulumi dynamic provider in an importable module, so that what Pulumi stores of it is a name and not its code.
"""

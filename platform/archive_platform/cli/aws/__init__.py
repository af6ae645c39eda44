"""Subcommands for the community on AWS."""

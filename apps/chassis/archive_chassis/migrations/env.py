"""Alembic asks for this file; `archive_chassis.migrate` configures the environment itself, and `archive_chassis.revise`
(the developers' way to draft a migration) does too."""

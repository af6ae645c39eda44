"""Fixtures that every part of the test suite may ask for."""

from tests.mariadb import mariadb_server

__all__ = ["mariadb_server"]

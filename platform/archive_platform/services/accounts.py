"""A schema and an account of its own for a service, on a MySQL or MariaDB server.

This file also runs as a part of a function in AWS: it knows no other of ours.
"""

from __future__ import annotations

from typing import Any

# Known by MySQL and MariaDB alike; the services' tables use the same
COLLATION = "utf8mb4_unicode_520_ci"
# What the service and its migrations do, on its own schema and nowhere else
PRIVILEGES = "SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES"


def prepare(cursor: Any, name: str, password: str, *, tls: bool) -> bool:
    """Make the schema `name` and the account of the same name; an account that was kept gets this password.

    `cursor` is an administrator's, of any DB-API driver with `%s` for parameters; `name` is a plain identifier. With
    `tls` the account connects in no other way. Returns whether the schema is new.
    """
    cursor.execute("SELECT 1 FROM information_schema.schemata WHERE schema_name = %s", (name,))
    is_new = cursor.fetchone() is None
    cursor.execute(f"CREATE DATABASE IF NOT EXISTS `{name}` CHARACTER SET utf8mb4 COLLATE {COLLATION}")
    cursor.execute("CREATE USER IF NOT EXISTS %s@'%%' IDENTIFIED BY %s", (name, password))
    cursor.execute(f"ALTER USER %s@'%%' IDENTIFIED BY %s REQUIRE {'SSL' if tls else 'NONE'}", (name, password))
    # In GRANT, `_` in a schema's name is a wildcard unless escaped (MySQL Reference Manual, "GRANT Statement")
    pattern = name.replace("_", r"\_")
    cursor.execute(f"GRANT {PRIVILEGES} ON `{pattern}`.* TO %s@'%%'", (name,))
    return is_new

"""Tools for working on this checkout; nothing here is part of the running community."""

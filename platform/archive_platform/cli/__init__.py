"""The `archive` command: what an operator does with a community that runs."""

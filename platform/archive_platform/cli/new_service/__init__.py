"""`archive new-service`: a new board, from its package to its place in the catalogue."""

"""`archive ... onprem`: what an operator asks of the servers, and how they are trusted."""

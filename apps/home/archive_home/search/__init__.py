"""Search over all boards: an index of home's own, fed by the boards' events, and the pages that ask it."""

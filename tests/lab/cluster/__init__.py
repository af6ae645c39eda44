"""The life of one cluster on the lab: its files go on from one another, in the order of their numbers."""

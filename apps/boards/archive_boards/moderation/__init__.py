"""Keeping order: reports, the moderators' queue, what they do, undoing a member's work in bulk, and the log of it all.

subjects   posts and comments as reports and moderators mean them
reports    a member's word that something is against the rules
queue      what waits for a moderator: reports, and links of new members
actions    what a moderator does with one post or comment
bulk       taking back everything of one member, and giving it back
log        what was done, in a chain of digests; verify checks the chain
"""

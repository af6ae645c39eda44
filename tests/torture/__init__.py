"""Kills processes of a running community at chosen steps of the code, and checks what it says afterwards.

injections   which step kills whom, a pure function of a seed
trigger      how the driver arms a step, and how a process notices that it has come there
steps        the steps, found in the product's code from outside
planted      bugs for the checker to find
keeper       a process that starts the community's processes again and again
servers      MariaDB that is killed and comes back; the databases' addresses
community    one community: its settings, its processes, what it begins with
wire         HTTP as a browser sends it
journal      what players asked for and what they were told
asking       a form that is sent until it is answered
beginning    the posts that everybody knows
players      seeded members who write, vote, delete
checks       what must be true of the databases afterwards
campaign     injections one after the other, each followed by every check

Product code is not touched and knows nothing of this.
"""

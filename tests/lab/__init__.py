"""Real hosts on one Linux machine: systemd, sshd, a network between them, and the bundle an air-gapped site would have.

lab.py        Lab: the verbs (up, down, reboot, off, on, cut, join, partition, reset, ssh)
machinery.py  how the verbs are done: this machine and the recorded state change together
hosts.py      one host: its disk (overlayfs + plain data folders) and its systemd-nspawn
network.py    the bridge, the cables and what is cut
cgroups.py    a host's own group in every cgroup v1 hierarchy
binaries.py   Kubernetes, etcd, CoreDNS from their Go modules
debs.py, images.py, bundle.py, server.py      the bundle and who serves it
settings.py   what a stack's configuration needs here that a real site does not
"""

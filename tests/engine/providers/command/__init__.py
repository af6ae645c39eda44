"""A stand-in for the official `pulumi-resource-command` 1.2.1, for tests where that plugin cannot be downloaded.

It speaks the provider protocol over gRPC and does the official plugin's work over real SSH. What it imitates was read
from the sources of pulumi-command and pulumi-go-provider; where it differs, the code says so. Two things are its own:

* With ARCHIVE_TEST_CONNECTIONS=<file> in the environment each SSH connection appends a line `host:port urn` to the
  file, so that a test can count them.
* It ends as soon as its engine is gone, also by SIGKILL. (The official plugin asks for the engine every five minutes.)
"""

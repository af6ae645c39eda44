"""Servers that answer SSH become a Kubernetes cluster with load balancers of its own."""

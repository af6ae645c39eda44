"""What stands in for the official `aws` plugin in tests. So far: the check of inputs against the SDK's own types."""

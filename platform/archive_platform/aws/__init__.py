"""The community on AWS: components that a stack puts together, and that can be used one by one."""

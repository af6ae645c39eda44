"""What a client sees while the load balancers fail: rounds of faults, and what they cost."""

"""What every place that runs the services shares: their environment, keys, accounts, and the Nginx in front of them."""

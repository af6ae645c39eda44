"""What runs as functions in AWS. Each file is packed by itself, and knows no other of ours but those packed with it."""

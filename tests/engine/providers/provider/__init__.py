"""What every stand-in for a plugin is made of: its process, the protocol's values, differences, errors."""

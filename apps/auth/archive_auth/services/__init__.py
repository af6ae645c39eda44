"""What the service does, one module per topic. Each public function is one use case and owns its transaction."""

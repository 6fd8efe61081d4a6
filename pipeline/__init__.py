"""What runs after the worker's Invoke. Each part is deployed by itself, and imports nothing of ours."""

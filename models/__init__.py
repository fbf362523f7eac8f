"""The networks as published, and readers of their checkpoints."""

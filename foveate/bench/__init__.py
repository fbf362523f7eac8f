"""A load generator for a running server: what it answers a second, how late, and at what compute."""

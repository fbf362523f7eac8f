"""Bundles: what passes from export to server."""

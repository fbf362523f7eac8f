"""Whole networks trained at once by their published recipes: no rewards, no stages."""

"""The one way by which a network gets pixels: cut, resample, normalise."""

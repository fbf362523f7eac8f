"""Foveate: the engine room of an inference server for video classifiers that look twice."""

__version__ = "0.1.0"

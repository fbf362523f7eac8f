"""TensorRT engines of a bundle's graphs: built, kept and run, in two flavours of one API.

Parsing and compiling are run in the tests by TensorRT-RTX, which needs no GPU for them. Loading an engine and
running it (``device``, ``contexts``, ``kernels``, ``runtime``, ``verdict``) have not been run on a GPU yet.
"""

"""Triton kernels. Imported only where there is a GPU, or by tests: they need Triton and torch.

Each is run in Triton's interpreter (``TRITON_INTERPRET=1``) and compiled for GPUs that are not there; none
has been run on a GPU yet.
"""

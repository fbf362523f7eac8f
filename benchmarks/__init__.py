"""Measurements that anyone can repeat; each prints what it measured on and writes its raw numbers."""

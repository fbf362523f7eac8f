"""The ``foveate`` command; each sub-command imports what it needs when it runs."""

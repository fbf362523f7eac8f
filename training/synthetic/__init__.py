"""A data set in code: a small figure does one of ten everyday actions in a cluttered, moving scene."""

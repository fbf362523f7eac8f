"""How networks are trained: data, the published recipes, a synthetic data set. Needs the extra ``train``."""

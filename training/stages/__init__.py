"""The stages of the recipes: what each trains, on what, towards what."""

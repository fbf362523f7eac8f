"""How right a bundle's answers are on videos whose labels are known."""

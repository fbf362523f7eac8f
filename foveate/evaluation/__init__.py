"""What a bundle's answers are worth on videos whose labels are known, and the exits solved from them."""

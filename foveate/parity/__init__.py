"""Two ways of running a bundle's graphs held together: made-up frames, straight runs, their plans."""

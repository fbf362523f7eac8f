"""The images: tests of their description, and a check of the built images, which takes buildah and root."""

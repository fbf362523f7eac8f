"""What the pictures of several commands have in common. Needs the extra ``bench``."""

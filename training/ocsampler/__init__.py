"""How OCSampler is trained: its classifier, its skim network, and the choice of frames from rewards."""

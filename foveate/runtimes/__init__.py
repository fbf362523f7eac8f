"""What runs a graph on a device, behind one small interface."""

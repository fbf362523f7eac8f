"""From an uploaded file to 8-bit frames in shared memory. No network and no tensor library is needed here."""

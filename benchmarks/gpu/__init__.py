"""What a GPU does: its ceilings, each stage at each bucket, and videos a second from frames in memory."""

"""Plans, queues and lanes: what turns frames into answers."""

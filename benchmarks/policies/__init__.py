"""AdaFocus's Tables 4 and 5 on the synthetic set: what its policy, rewards and glance features are worth."""

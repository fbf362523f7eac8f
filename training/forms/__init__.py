"""How the stages of AdaFocus see a network: what it looks at, what its policy chooses, what answers."""

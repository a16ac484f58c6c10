"""Words and mentions -> the Reading of a caption: what its verbs, particles and parts of things mean together."""

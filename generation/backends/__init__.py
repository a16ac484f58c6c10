"""Text-to-video backends: the protocol, the registry, and the steps shared by all of them."""

"""What will be generated, from which captions, with which settings, and for how long."""

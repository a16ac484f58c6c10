"""The embedded text-to-video default: reads a caption into a Scene, draws the Scene on the CPU."""

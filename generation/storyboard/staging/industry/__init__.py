"""Events of a factory -> beats: belts under machines, saws, what is cast."""

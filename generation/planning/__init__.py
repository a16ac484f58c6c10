"""What will be generated. In: a description file and settings; out: a plan of units, its cost and its disk space."""

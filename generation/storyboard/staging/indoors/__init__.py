"""What the events of a room need: a counter to sell at, a table for a cup, a stove under a pan, water on the floor."""

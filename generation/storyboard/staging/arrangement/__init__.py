"""What is where at first: seats, rows, rings, who is in the water, the side a place is seen from. In: a Reading."""

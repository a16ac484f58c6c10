"""What is where before anything moves: seats, rows and rings, the side from which a place is seen. In: a Reading."""

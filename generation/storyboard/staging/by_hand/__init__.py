"""What people do by hand: give and lay down, throw and catch, pour, and work with tools."""

"""What people do by hand: give and lay down, throw and catch, and work with tools."""

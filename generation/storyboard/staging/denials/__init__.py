"""What a caption says does not happen -> what is seen of it all the same."""

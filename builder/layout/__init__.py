"""What the folders on disk look like: a clips folder before packing, a dataset folder after it."""

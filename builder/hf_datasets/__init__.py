"""What makes load_dataset("svta", ...) work: the builder, its streaming, its registration."""

"""What keeps a caption out. In: a caption; out: flags, or the reason why it is rejected."""

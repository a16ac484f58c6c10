"""One file a command. In: options; out: a config, one call into the package, and what is printed of its result."""

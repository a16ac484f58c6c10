"""One file a command of `svta`."""

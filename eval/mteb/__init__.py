"""svta as tasks of mteb, and models of mteb as encoders of svta."""

"""What the folders on disk look like. In: a path; out: what kind of folder it is, its manifest, its statistics."""

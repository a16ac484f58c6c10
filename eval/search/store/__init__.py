"""An index on disk. In: vectors and the files they come from; out: segments, tables and a manifest, and back."""

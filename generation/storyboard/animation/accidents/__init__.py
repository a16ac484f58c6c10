"""Acts of what goes wrong: what hits, breaks, burns, floods. In: a beat under way; out: bodies moved, effects."""

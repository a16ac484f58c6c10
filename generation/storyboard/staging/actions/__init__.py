"""Events -> beats: how somebody moves, what hands do with things, what things do, and where they lie. Out: Beats."""

"""How much of a caption a Scene shows: judged by things, events, whereabouts and what is denied or unknown."""

"""Caption -> clauses: words, their senses, who is mentioned, who does what."""

"""Caption -> clauses. In: English text; out: who is mentioned, who does what to whom, where and when."""

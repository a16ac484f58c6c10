"""Clauses whose subject is the weather or a slide -> beats. In: a Clause and the draft; out: Beats."""

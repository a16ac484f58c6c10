"""Clauses of a Reading -> the verbs that they mean by who does it, to what, with what and where."""

"""Results. In: RESULTS folders; out: comparisons, tables, pages, and scores for the Hub."""

"""Results on disk; comparisons, tables and pages of them."""

"""Files, JSON, tables, the Hub's errors: what touches a disk or a network and knows nothing of clips."""

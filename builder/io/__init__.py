"""Files, strict JSON, tables, disks and the Hub's errors. In: paths and bytes; out: checked values or one clear error.
Knows nothing of clips."""

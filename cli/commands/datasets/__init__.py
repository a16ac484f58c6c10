"""Commands about packed datasets. In: clips folders, Hub repos; out: datasets, findings, differences."""

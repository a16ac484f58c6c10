"""Commands that train and measure. In: datasets, footage, models; out: checkpoints, results, indexes, pages."""

"""Where captions come from: UCF-Crime annotations, UCA, Oops, tables, Hub datasets."""

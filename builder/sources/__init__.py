"""Where captions come from. In: UCF-Crime annotations, UCA, Oops, tables, Hub datasets; out: one Clip a caption."""

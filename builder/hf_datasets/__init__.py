"""What makes load_dataset("svta", ...) work. In: where a dataset is;
out: rows and streams of the datasets library.
"""

"""Text-to-video backends. In: a caption and a seed;
out: frames that passed the quality gates, as one unit of mp4 files.
"""

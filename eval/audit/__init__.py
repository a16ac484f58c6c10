"""Does the clip show its caption? In: clips, answers of people and of a vision model; out: rates with their error."""

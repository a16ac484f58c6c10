"""Long continuous videos with known truth. In: hours, a rate of events and a seed, or a packed dataset; out: STREAMS/
with videos, moments.jsonl and queries.jsonl (`svta streams`, docs/moments.md).
"""

"""Categories for captions, by clusters or by a chat model, and their review by people."""

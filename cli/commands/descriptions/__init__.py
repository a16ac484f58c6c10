"""Commands about captions. In: sources, chat models, decisions of people; out: description files, svta.yaml."""

"""Chat models. In: messages; out: answers, cached, from an OpenAI-like endpoint or a local model."""

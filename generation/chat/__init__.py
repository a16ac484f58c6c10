"""Chat models: messages, a cached client, an OpenAI-like endpoint, a local model."""

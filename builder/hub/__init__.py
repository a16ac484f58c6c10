"""A dataset on the Hugging Face Hub: read, verify, push, pull."""

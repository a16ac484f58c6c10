"""Servers of the Videos API (SGLang Diffusion, vLLM-Omni, Dynamo, hosted). In: a prompt and a seed; out: an mp4."""

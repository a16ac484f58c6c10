"""Clips and texts -> vectors: batching, frames read once, results cached."""

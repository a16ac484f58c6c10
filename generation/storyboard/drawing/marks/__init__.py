"""Marks of what happens: bursts, dust and debris of blows and blasts, and signs beside a figure."""

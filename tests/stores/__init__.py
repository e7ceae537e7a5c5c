"""Sirius with its bytes in buckets of real servers."""

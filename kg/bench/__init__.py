"""Benchmarks that anyone can run: ratios and medians of one run, never single times."""

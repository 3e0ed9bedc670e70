"""The reliability harness: what a store must promise, tried on real processes and real files.

``python -m tests.reliability`` runs it, whole or in parts, and writes docs/reliability.md; a small
share of each part runs with the other tests.
"""

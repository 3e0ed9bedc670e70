"""The values that everything else handles."""

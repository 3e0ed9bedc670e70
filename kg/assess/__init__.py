"""What speaks for and against each therapy variant, by rules that are shown."""

"""The version of the project, once."""

__version__ = "0.1.0"

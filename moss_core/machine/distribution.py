"""MOSS as pip knows it."""

DISTRIBUTION = "moss-sound"
"""The name to install: `moss` and `moss-cli` are other people's projects."""

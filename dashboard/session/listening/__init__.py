"""Listening tests of the visitor's own runs: what is asked next, what is heard, what came of it."""

"""MOSS's built-in objectives, offered through the same entry points as everyone else's."""

"""The viewers that come with MOSS, offered through the same door as everyone else's."""

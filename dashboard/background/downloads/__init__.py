"""The files that people take home: what is in them."""

"""The files that people take home: what is in them, and how those that take long are made."""

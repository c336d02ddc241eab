"""How the server is, for whoever looks after it: seen every few seconds, and written down."""

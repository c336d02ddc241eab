"""What a visitor's session remembers, whose runs it sees, and what all sessions share."""

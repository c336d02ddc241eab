"""The commands about people who listen: `study` writes what they are to hear, and reads it back."""

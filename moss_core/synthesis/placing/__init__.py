"""What helps to find a place for an image: bands of a whole track, its beats, its best spots."""

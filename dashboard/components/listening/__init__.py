"""What is on Front for ears: the blind test, taken in a window of its own."""

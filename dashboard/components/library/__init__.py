"""What is on Library: the list of runs, one in detail, two fronts, the way in."""

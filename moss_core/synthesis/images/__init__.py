"""What can be said of an image before it is painted."""

"""A run as a film: what it shows when (`scenes`), in which frame (`stage`), as a file (`mp4`)."""

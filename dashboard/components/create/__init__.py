"""What is on Create: the image, the track, the objectives, the canvas and the effort."""

"""What leaves as a file: `encoding` makes sounds and pictures into the files that people take, and
`wav` writes long sounds part by part.
"""

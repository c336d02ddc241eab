"""What leaves as a file: `encoding` makes sounds and pictures into the files that people take,
`packets` those of Opus and AAC. `tags` reads what a file says of itself and writes it into others,
with `id3`, `comments` and `atoms` for the families of containers.
"""

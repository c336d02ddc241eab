"""A run as a film.

`scenes` say what is seen when, `music` what is heard, a `stage` draws the frames, and `mp4` writes
the file.
"""

"""The commands about files that people take home: `show` says what made one, `export` makes a
sound and `film` a video.
"""

"""The options that commands share: where and how an image is painted, objectives, the log, all of
them as a file has them, and what they come to: the `planning` of a run.
"""

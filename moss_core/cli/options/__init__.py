"""The options that commands share: where and how an image is painted, objectives, the log, and all
of them as a file has them.
"""

"""What leaves a run as sound: `full_rate` makes hybrids at the track's own rate and in all its
channels, `measuring` scores them as files, `width` says how wide they are. `settings` writes what
made a file into it, beside the track's own tags, and reads it back.
"""

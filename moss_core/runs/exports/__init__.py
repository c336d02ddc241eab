"""What leaves a run as sound: `full_rate` makes hybrids at the track's own rate and in all its
channels, as loud as `levels` allows and where they are carved `never_louder`; `measuring` scores
them as files, `width` says how wide they are and `ear_safety` what ears would mind. `settings`
writes what made a file into it, beside the track's own tags, and reads it back.
"""

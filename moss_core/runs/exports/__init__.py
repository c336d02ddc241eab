"""What leaves a run as sound: `full_rate` makes hybrids at the track's own rate and in all its
channels, as loud as `levels` allows; `measuring` scores them as files, `width` says how wide they
are and `ear_safety` what ears would mind.
"""

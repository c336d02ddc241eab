"""What lies in a run's folder, as it is read back: `run_json` says what may stand in `run.json`,
`configuring` what in a configuration, of this version or an older one; `header` tells what tensors
a file holds before any of them is read, `learned` which values they may have, and `kept` which
files a run is, and how large they may be.
"""

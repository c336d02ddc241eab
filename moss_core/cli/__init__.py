"""The command line: `moss app`, `moss optimize`, `moss resume`, `moss objectives` and more.

`learning` has the commands that learn, `batching` the one for many runs, `commands` the short ones
and the group; `certify`, `doctor`, `new_objective` and `view` are commands with a module of their
own, `files` has those about what people take home and `server` those about the dashboard's server;
`options`, `listing`, `progress` and `exits` are what they share.
"""

from moss_core.cli.commands import main

__all__ = ["main"]

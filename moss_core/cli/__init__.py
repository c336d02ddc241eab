"""The command line: `moss app`, `moss optimize`, `moss resume`, `moss objectives` and more.

`commands` has the commands that run something; `app`, `certify`, `doctor`, `new_objective` and
`view` are commands with a module of their own, `options`, `listing`, `progress` and `exits` what
they share.
"""

from moss_core.cli.commands import main

__all__ = ["main"]

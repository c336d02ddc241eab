"""What MOSS finds around itself: the machine's cores and memory, its own files, folders and log.

`cores` gives the calling thread one core and `crews` computes pieces of work side by side, a core
each; `resources` tells how many there are and how much memory is free, control groups included.
`parts` finds what is installed with the core and is no code of it, the `samples` among it, `places`
the user's data, `profiles` how much of the machine a visitor may take, `log` tells what happens,
`failures` what nobody expected, and `servers` how a dashboard's server is. It is the lowest
package: it knows nothing of sound.
"""

from moss_core.machine.cores import on_one_core, stay_on_one_core
from moss_core.machine.crews import Call, Crew, Work, compute_here, crew
from moss_core.machine.distribution import DISTRIBUTION
from moss_core.machine.failures import Failure, recent_failures, report
from moss_core.machine.log import (
    FORMAT_VARIABLE,
    FORMATS,
    LEVELS,
    VARIABLE,
    Known,
    configure,
    logger,
    run_token,
)
from moss_core.machine.parts import ASSETS, DASHBOARD, bundled
from moss_core.machine.places import DATA_VARIABLE, SHARED_VARIABLE, data_folder
from moss_core.machine.profiles import Limits, host, limits, profile
from moss_core.machine.resources import (
    AT_REST,
    free_memory,
    room_for_caches,
    room_for_rest,
    room_for_run,
    spare_collection,
    spare_memory,
    tidy_memory,
)
from moss_core.machine.samples import font_file, given_or_sample, sample_image, sample_track
from moss_core.machine.servers import (
    LATE_SECONDS,
    STATE_SECONDS,
    Server,
    forget_server,
    known_servers,
    write_server,
)

__all__ = [
    "ASSETS",
    "AT_REST",
    "DASHBOARD",
    "DATA_VARIABLE",
    "DISTRIBUTION",
    "FORMATS",
    "FORMAT_VARIABLE",
    "LATE_SECONDS",
    "LEVELS",
    "SHARED_VARIABLE",
    "STATE_SECONDS",
    "VARIABLE",
    "Call",
    "Crew",
    "Failure",
    "Known",
    "Limits",
    "Server",
    "Work",
    "bundled",
    "compute_here",
    "configure",
    "crew",
    "data_folder",
    "font_file",
    "forget_server",
    "free_memory",
    "given_or_sample",
    "host",
    "known_servers",
    "limits",
    "logger",
    "on_one_core",
    "profile",
    "recent_failures",
    "report",
    "room_for_caches",
    "room_for_rest",
    "room_for_run",
    "run_token",
    "sample_image",
    "sample_track",
    "spare_collection",
    "spare_memory",
    "stay_on_one_core",
    "tidy_memory",
    "write_server",
]

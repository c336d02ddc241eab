"""N candidates learn: each a mask with its own preference among the objectives.

A `run` is one optimization, decided by its `config`, and stepped from outside. In its `optimizer`
the rows of `candidate_adam` learn in `batches`, along `preferences`, which say how large losses
are, too; `growth` says who learns when, and `cost` what a run will take. A step leaves a record
(`records`) with its `front`, which `pareto` finds.
"""

from moss_core.optimization.candidate_adam import NAMES
from moss_core.optimization.config import (
    MAX_CANDIDATES,
    MAX_STEPS,
    ON_FAILURE,
    RunConfig,
    choose_device,
)
from moss_core.optimization.cost import (
    Cost,
    Takes,
    check_fits,
    cost_of,
    cost_of_pair,
    held_by,
    takes_of,
)
from moss_core.optimization.front import Candidate, Front, Shares, front_of, rank
from moss_core.optimization.preferences import (
    SWEEP_ENDS,
    Preference,
    image_share,
    lean,
    reweigh,
    sweep_preferences,
)
from moss_core.optimization.records import Checkpoint, Record, State
from moss_core.optimization.run import Run

__all__ = [
    "MAX_CANDIDATES",
    "MAX_STEPS",
    "NAMES",
    "ON_FAILURE",
    "SWEEP_ENDS",
    "Candidate",
    "Checkpoint",
    "Cost",
    "Front",
    "Preference",
    "Record",
    "Run",
    "RunConfig",
    "Shares",
    "State",
    "Takes",
    "check_fits",
    "choose_device",
    "cost_of",
    "cost_of_pair",
    "front_of",
    "held_by",
    "image_share",
    "lean",
    "rank",
    "reweigh",
    "sweep_preferences",
    "takes_of",
]

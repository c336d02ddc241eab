"""What a loss is, where losses come from, and how they are kept from harming anybody.

`contract` says what an objective is and what it gets, `parameters` what people may set of it,
`viewer` how a program draws spectrograms, in one of the `colours`. `discovery` finds plugins
through the hooks in `hookspecs`; `installed` is what it found. A `scorer` builds the chosen
objectives on a target and measures renderings by them: `evaluation` is one call, `guard` ends one
that takes too long, `leaks` finds one that keeps memory.
"""

from moss_core.objectives.colours import colour
from moss_core.objectives.contract import (
    DEVICES,
    PICTURE_SIZE,
    Domain,
    Loss,
    Needs,
    Objective,
    Rendered,
    Target,
    needs,
)
from moss_core.objectives.discovery import ENTRY_POINT_GROUP, discover, fingerprint
from moss_core.objectives.guard import PATIENCE
from moss_core.objectives.hookspecs import hookimpl
from moss_core.objectives.installed import Described, Installed, PluginFailure, Plugins
from moss_core.objectives.parameters import NAME, Parameter, Value, as_text
from moss_core.objectives.scorer import Scorer, Settings, check_objectives, site
from moss_core.objectives.viewer import OWN_VIEWER, Viewer

__all__ = [
    "DEVICES",
    "ENTRY_POINT_GROUP",
    "NAME",
    "OWN_VIEWER",
    "PATIENCE",
    "PICTURE_SIZE",
    "Described",
    "Domain",
    "Installed",
    "Loss",
    "Needs",
    "Objective",
    "Parameter",
    "PluginFailure",
    "Plugins",
    "Rendered",
    "Scorer",
    "Settings",
    "Target",
    "Value",
    "Viewer",
    "as_text",
    "check_objectives",
    "colour",
    "discover",
    "fingerprint",
    "hookimpl",
    "needs",
    "site",
]

"""People listen, and their answers say where a front begins to be heard.

`trials` are what is asked and answered, `listening` is one listener's test, which asks next what
tells most (`hearing` is the fit behind it, told in `intervals`), and `pooling` puts several
listeners together; `excerpts` are what is played, and `keeping` is where answers lie in a run's
folder. `agreement` tells which objectives rank as the ears do, and `weights` fits the objectives'
weights to the answers, from what they are `measured` to be. `studies` are for many listeners,
outside MOSS.
"""

from moss_core.listening.agreement import Agreement, agreement
from moss_core.listening.excerpts import excerpt, excerpt_place
from moss_core.listening.intervals import interval_text
from moss_core.listening.keeping import (
    answers_in,
    answers_zip,
    forget_answers,
    keep_answer,
    kept_answers,
    new_listener,
)
from moss_core.listening.listening import Listening, Threshold, positions_of
from moss_core.listening.measured import Measured, measured_by_all
from moss_core.listening.pooling import by_listener, one_each, pooled_threshold
from moss_core.listening.studies.choices import preferred
from moss_core.listening.studies.key import Chosen, read_key
from moss_core.listening.studies.ratings import (
    MOST_RESULTS,
    Rating,
    post_screened,
    rated,
    ratings_in,
)
from moss_core.listening.studies.writing import write_study
from moss_core.listening.trials import IMAGE, TRACK, Answer, Kind, Side, Trial
from moss_core.listening.weights import FittedWeight, fitted_preset, fitted_weights

__all__ = [
    "IMAGE",
    "MOST_RESULTS",
    "TRACK",
    "Agreement",
    "Answer",
    "Chosen",
    "FittedWeight",
    "Kind",
    "Listening",
    "Measured",
    "Rating",
    "Side",
    "Threshold",
    "Trial",
    "agreement",
    "answers_in",
    "answers_zip",
    "by_listener",
    "excerpt",
    "excerpt_place",
    "fitted_preset",
    "fitted_weights",
    "forget_answers",
    "interval_text",
    "keep_answer",
    "kept_answers",
    "measured_by_all",
    "new_listener",
    "one_each",
    "pooled_threshold",
    "positions_of",
    "post_screened",
    "preferred",
    "rated",
    "ratings_in",
    "read_key",
    "write_study",
]

"""The contract of objectives as a check, for the tests of whoever writes one.

The checks of what an objective `returns`, of the `conditions` it works in and of what it `costs`
try it on a `test_bed`; the `kit` makes them one by one and puts back the `process_state`. Authors
come in through `moss_core.testing`.
"""

from moss_core.conformance.kit import (
    CHECKS,
    Check,
    Kit,
    Report,
    assert_objective_contract,
    check_objective,
)

__all__ = ["CHECKS", "Check", "Kit", "Report", "assert_objective_contract", "check_objective"]

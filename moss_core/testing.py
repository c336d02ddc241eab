"""The door for authors of objectives: the contract as a check, for their tests."""

from moss_core.conformance import (
    CHECKS,
    Check,
    Kit,
    Report,
    assert_objective_contract,
    check_objective,
)

__all__ = ["CHECKS", "Check", "Kit", "Report", "assert_objective_contract", "check_objective"]

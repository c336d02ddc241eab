"""Pytest options of MOSS: `pytest --moss-objective NAME` checks the contract of an objective."""

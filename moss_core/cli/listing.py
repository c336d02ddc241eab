"""What `moss objectives` and `moss presets` print: a table of all, or one in detail; tables."""

from __future__ import annotations

from collections.abc import Sequence

import click

from moss_core.cli.options.parameters import metavar
from moss_core.objectives import Installed, Plugins, as_text, needs
from moss_core.runs import PRESETS


def table(plugins: Plugins) -> str:
    """Return a line for each objective that is installed."""
    header = ("NAME", "DOMAIN", "DISTRIBUTION", "REFERENCE")
    rows = [
        (name, i.objective.domain, f"{i.distribution} {i.version}", i.objective.reference)
        for name, i in plugins.installed.items()
    ]
    return columns([header, *rows])


def details(found: Installed) -> str:
    """Return all that an objective says of itself, with its command-line options."""
    objective = found.objective
    facts = [("domain", objective.domain), ("reference", objective.reference)]
    facts += [("from", f"{found.distribution} {found.version}, entry point {found.entry_point}")]
    facts += [(name, str(value)) for name, value in objective.facts.items()]
    facts += [("needs", text) for text in needs(objective.needs)]
    parts = [f"{objective.name}: {objective.label}", objective.description, columns(facts)]
    for name, parameter in objective.parameters.items():
        parts.append(
            f"--{objective.name}.{name} {metavar(parameter)}\n"
            f"    {parameter.help} Must be {parameter.rule};"
            f" {as_text(parameter.default)} by default."
        )
    return "\n\n".join(filter(None, parts))


def preset_table() -> str:
    """Return what each preset that comes with MOSS does, and what it is made of."""
    parts = []
    for preset in PRESETS:
        weights = ",".join(f"{name}={weight:g}" for name, weight in preset.objectives)
        made_of = f"--objectives {weights} --blend {preset.blend.mode} --lean {preset.lean:g}"
        parts.append(f"{preset.name}: {preset.words}\n    {made_of}")
    return "\n".join(parts)


def print_failures(plugins: Plugins) -> None:
    """Print the plugins that failed to load, and why, to standard error."""
    for failure in plugins.failures:
        click.echo(f"failed: {failure.name} ({failure.distribution}): {failure.reason}", err=True)
        if failure.details:
            click.echo(failure.details, err=True)


def columns(rows: Sequence[tuple[str, ...]]) -> str:
    """Return rows of words as lines, the words below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join(lines)

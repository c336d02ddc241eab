"""Certificates as tables: for spreadsheets and for terminals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from moss_core.runs.certificates.certificate import Certificate
from moss_core.runs.reports import csv_of


def certificate_csv(certificates: Sequence[Certificate]) -> str:
    """Return a line for each entry of each certificate.

    `score` is in %, `brighter` in dB as in `Certificate`; losses are named as the objectives are.
    """
    losses = list(
        dict.fromkeys(name for c in certificates for entry in c.entries for name in entry.losses)
    )
    header = ["file", "viewer", "channel", "codec", "image", "score", *losses, "brighter"]
    rows: list[list[Any]] = [header]
    for certificate in certificates:
        for entry in certificate.entries:
            measured = [f"{entry.losses.get(name, float('nan')):.6g}" for name in losses]
            rows.append(
                [
                    certificate.sound,
                    entry.viewer.name,
                    entry.channel,
                    entry.codec.name,
                    certificate.images[entry.image],
                    f"{entry.score:.1f}",
                    *measured,
                    f"{certificate.brighter.get(entry.viewer.name, 0):.0f}",
                ]
            )
    return csv_of(rows)


def score_rows(certificate: Certificate) -> list[tuple[str, ...]]:
    """Return the scores as a table: a row for each program and channel, a column for each codec."""
    codecs = certificate.codecs
    rows = [("PROGRAM", "CHANNEL", *(codec.label for codec in codecs), "SSIM")]
    entries = iter(certificate.entries)
    for group in zip(*[entries] * len(codecs), strict=True):
        first = group[0]
        scores = [f"{entry.score:.0f} %" for entry in group]
        rows.append((first.viewer.label, first.channel, *scores, f"{first.ssim:.2f}"))
    return rows

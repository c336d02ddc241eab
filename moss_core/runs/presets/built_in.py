"""The presets that come with MOSS. Their weights were chosen by what they do to exported files."""

from __future__ import annotations

from moss_core.optimization import RunConfig
from moss_core.runs.presets.preset import Preset

PRESETS: tuple[Preset, ...] = (
    Preset(
        "Subtle",
        "You hear the song. Whoever looks finds the image.",
        RunConfig.objectives,
        lean=0.35,
    ),
    Preset(
        "Balanced",
        "Half song, half image: the one to begin with.",
        RunConfig.objectives,
    ),
    Preset(
        "Poster",
        "The image comes first, as clear as it gets. The song bends to it.",
        RunConfig.objectives,
        lean=0.8,
    ),
    Preset(
        "Lettering",
        "Sharp outlines: for text, logos and line drawings.",
        (("gradient_similarity", 1.0), ("lpips", 1.0), ("multi_resolution_stft", 1.0)),
        lean=0.55,
    ),
    Preset(
        "Drums stay sharp",
        "Beats keep their attack, and no others are heard.",
        (("lpips", 1.0), ("ssim", 1.0), ("multi_resolution_stft", 1.0), ("onset", 1.0)),
    ),
)

"""The presets that come with MOSS. Their weights were chosen by what they do to exported files."""

from __future__ import annotations

from moss_core.optimization import RunConfig
from moss_core.runs.presets.preset import Preset

PRESETS: tuple[Preset, ...] = (
    Preset(
        "Subtle",
        "You hear the song. Whoever looks finds the image.",
        RunConfig.objectives,
        lean=0.25,
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
        lean=0.85,
    ),
    Preset(
        "Lettering",
        "Sharp edges: for text, logos and line drawings.",
        (("gradient_similarity", 2.0), ("lpips", 1.0), ("multi_resolution_stft", 1.0)),
    ),
    Preset(
        "Drums stay sharp",
        "The beat keeps its attack, and gets no others.",
        (("lpips", 1.0), ("ssim", 1.0), ("multi_resolution_stft", 1.0), ("onset", 3.0)),
    ),
)

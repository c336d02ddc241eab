"""Parts that know nothing of runs: pictures, sounds, sliders, charts, failures."""

"""What Studio and Front share: the look at a run, its player, its progress, its files."""

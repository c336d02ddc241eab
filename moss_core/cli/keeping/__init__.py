"""Commands that learn and last: `learn` keeps a run while it learns and writes its files in the
end, `stopping` hears what asks a program to end, and `examined` looks after runs on the disk.
"""

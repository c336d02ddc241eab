"""`moss batch`: `checking` reads its table through the options of `moss optimize`, `work` does a
row as that command does, and `command` is the command.
"""

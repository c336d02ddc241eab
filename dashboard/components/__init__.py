"""The parts that pages are made of.

A folder a page, `run` for what Studio and Front share, and `widgets` for what all of them use.
"""

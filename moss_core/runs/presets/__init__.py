"""What to aim for, by name: objectives with their weights, the blend, and how far it leans.

A `preset` is what people choose first; those that come with MOSS are `built_in`, and people save
their own as small `files` that they can send to each other.
"""

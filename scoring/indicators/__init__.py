"""
One module for each indicator: the question it asks, how it answers, and what else may explain the answer.

Nothing is found by magic: the order is the tuple in ``scoring.registry``.
"""

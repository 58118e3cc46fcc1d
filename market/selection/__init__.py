"""Choosing the winner, in public, repeatably: the draw, the methods, the verifier, the awards."""

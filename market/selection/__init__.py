"""The `selection` domain; see the module docstrings of its parts."""

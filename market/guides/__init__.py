"""The `guides` domain; see the module docstrings of its parts."""

"""The `messages` domain; see the module docstrings of its parts."""

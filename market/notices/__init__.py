"""The `notices` domain; see the module docstrings of its parts."""

"""The `catalogue` domain; see the module docstrings of its parts."""

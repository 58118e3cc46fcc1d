"""The `clock` domain; see the module docstrings of its parts."""

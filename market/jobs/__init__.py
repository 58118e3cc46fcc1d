"""The `jobs` domain; see the module docstrings of its parts."""

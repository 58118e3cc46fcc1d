"""The `agencies` domain; see the module docstrings of its parts."""

"""The `registrations` domain; see the module docstrings of its parts."""

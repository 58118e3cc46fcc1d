"""The `accounts` domain; see the module docstrings of its parts."""

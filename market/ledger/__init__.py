"""The `ledger` domain; see the module docstrings of its parts."""

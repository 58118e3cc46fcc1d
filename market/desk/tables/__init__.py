"""The queries of the desk, one module for each page; the desk has no table of its own."""

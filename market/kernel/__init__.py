"""
Words, numbers, dates and rules that every domain shares.

The kernel is plain Python: it opens no database, serves no page and knows no
domain. What needs either belongs in a package above it.
"""

"""
Scores anyone can recompute: exported frames in, points and their reasons out.

Pure pandas that imports nothing of the market. Only ``__main__`` reads or
writes files; everything else is a function of its arguments.
"""

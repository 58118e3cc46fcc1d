"""Scores, rankings and signals: the market's only domain that knows `scoring`."""

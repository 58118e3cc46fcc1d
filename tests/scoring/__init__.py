"""Tests of the score, which need no database."""

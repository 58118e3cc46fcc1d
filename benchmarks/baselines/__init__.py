"""The programs we compare ourselves with, written as their own users would write them."""

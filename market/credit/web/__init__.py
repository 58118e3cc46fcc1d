"""Pages of credit: published rankings and scores, the desks, and what the nights did."""

from market.credit.web import desk, nights, rankings

ROUTES = (*rankings.ROUTES, *desk.ROUTES, *nights.ROUTES)

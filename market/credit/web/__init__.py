"""Pages of credit: published rankings and scores, and the desks."""

from market.credit.web import desk, rankings

ROUTES = (*rankings.ROUTES, *desk.ROUTES)

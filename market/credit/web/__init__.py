"""Pages of credit: published rankings and scores, and the desks."""

from market.credit.web import desk, facts, rankings

ROUTES = (*rankings.ROUTES, *desk.ROUTES, *facts.ROUTES)

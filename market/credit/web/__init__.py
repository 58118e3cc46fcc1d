"""Pages of credit: published rankings and scores, the desks, and cases."""

from market.credit.web import cases, desk, rankings

ROUTES = (*rankings.ROUTES, *desk.ROUTES, *cases.ROUTES)

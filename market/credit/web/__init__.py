"""Pages of credit: published rankings and scores, and the desks."""

from market.credit.web import desk, facts, leads, questions, rankings

ROUTES = (*rankings.ROUTES, *desk.ROUTES, *facts.ROUTES, *leads.ROUTES, *questions.ROUTES)

"""Pages of credit: published rankings and scores, the desks, and cases."""

from market.credit.web import cases, desk, facts, leads, questions, rankings

ROUTES = (*rankings.ROUTES, *desk.ROUTES, *cases.ROUTES, *facts.ROUTES, *leads.ROUTES, *questions.ROUTES)

"""Pages of credit: published rankings and scores, the desks, facts, leads, abandonments and cases."""

from market.credit.web import abandonments, cases, desk, facts, leads, questions, rankings

ROUTES = (
    *rankings.ROUTES,
    *desk.ROUTES,
    *abandonments.ROUTES,
    *cases.ROUTES,
    *facts.ROUTES,
    *leads.ROUTES,
    *questions.ROUTES,
)

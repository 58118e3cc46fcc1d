"""Pages of credit: published rankings and scores, the desks, facts, signals and leads, and cases."""

from market.credit.web import cases, desk, facts, leads, nights, questions, rankings

ROUTES = (
    *rankings.ROUTES,
    *desk.ROUTES,
    *nights.ROUTES,
    *facts.ROUTES,
    *leads.ROUTES,
    *questions.ROUTES,
    *cases.ROUTES,
)

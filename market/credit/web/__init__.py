"""Pages of credit: rankings, scores, exits, measures, and the desks with facts, leads, abandonments and cases."""

from market.credit.web import abandonments, cases, desk, exits, facts, leads, nights, questions, rankings

ROUTES = (
    *rankings.ROUTES,
    *desk.ROUTES,
    *nights.ROUTES,
    *facts.ROUTES,
    *leads.ROUTES,
    *questions.ROUTES,
    *abandonments.ROUTES,
    *cases.ROUTES,
    *exits.ROUTES,
)

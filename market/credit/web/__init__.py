"""Pages of credit: rankings, scores, exits, measures, the desks with facts, leads, cases, and what nights did."""

from market.credit.web import abandonments, cases, desk, exits, facts, leads, nights, questions, rankings

ROUTES = (
    *rankings.ROUTES,
    *desk.ROUTES,
    *abandonments.ROUTES,
    *cases.ROUTES,
    *exits.ROUTES,
    *facts.ROUTES,
    *leads.ROUTES,
    *questions.ROUTES,
    *nights.ROUTES,
)

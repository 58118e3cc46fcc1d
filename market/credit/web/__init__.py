"""Pages of credit: rankings, scores, exits, measures, announcements, and the desks with facts, leads, cases, nights."""

from market.credit.web import abandonments, announcements, cases, desk, exits, facts, leads, nights, questions, rankings

ROUTES = (
    *rankings.ROUTES,
    *desk.ROUTES,
    *abandonments.ROUTES,
    *announcements.ROUTES,
    *cases.ROUTES,
    *exits.ROUTES,
    *facts.ROUTES,
    *leads.ROUTES,
    *questions.ROUTES,
    *nights.ROUTES,
)

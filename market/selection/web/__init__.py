"""Pages and files of selections: draws, results, an agency's awards, the log, and the verifier."""

from market.selection.web import awards, draws, log, results

ROUTES = (*draws.ROUTES, *results.ROUTES, *awards.ROUTES, *log.ROUTES)

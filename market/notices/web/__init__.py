"""Pages of projects and notices: the public's, and the desk of an owner."""

from market.notices.web import desk, drafts, public

ROUTES = (*public.ROUTES, *desk.ROUTES, *drafts.ROUTES)

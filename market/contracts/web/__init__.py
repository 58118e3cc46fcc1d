"""Pages of contracts: the public list and page, and the desks of both parties."""

from market.contracts.web import desk, public

ROUTES = (*public.ROUTES, *desk.ROUTES)

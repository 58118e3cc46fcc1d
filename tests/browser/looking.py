"""
What a browser finds wrong with a page: by axe, by measuring, and by what the page complains about.

Nothing here knows a page; a test opens one and asks.
"""

from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (1280, 390)
SMALLEST_TEXT_PX = 14
SMALLEST_TARGET_PX = 24
# The text of a page that somebody sees, and the controls that stand by themselves; a link in a sentence may be low.
_MEASURED = """([text, target]) => {
  const seen = (e) => e.checkVisibility({checkOpacity: true, checkVisibilityCSS: true}) && !e.closest('.sr, .skip');
  const told = (e) => e.tagName.toLowerCase() + '.' + (e.getAttribute('class') || '') + ' ' +
    (e.textContent || e.name || '').trim().slice(0, 30);
  const found = [];
  const wide = document.documentElement.scrollWidth - window.innerWidth;
  if (wide > 0) {
    const widest = [...document.querySelectorAll('main *, header *, footer *')].filter((e) => seen(e) &&
      e.getBoundingClientRect().right > window.innerWidth + 1);
    found.push(`${wide} px too wide: ` + widest.slice(-1).map(told).join());
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    const drawn = e.getScreenCTM ? e.getScreenCTM().a : 1;
    if (walker.currentNode.data.trim() && seen(e) && parseFloat(getComputedStyle(e).fontSize) * drawn < text - 0.1)
      found.push('small text: ' + told(e));
  }
  const controls = 'button, select, textarea, summary, input:not([type=hidden]), .btn, nav a';
  for (const e of document.querySelectorAll(controls)) {
    const box = e.getBoundingClientRect();
    const label = e.labels && e.labels[0] ? e.labels[0].getBoundingClientRect() : box;
    if (seen(e) && box.width && Math.min(Math.max(box.height, label.height), Math.max(box.width, label.width)) < target)
      found.push('small target: ' + told(e));
  }
  return [...new Set(found)];
}"""


_JUDGED = """async (options) => (await axe.run(document, options)).violations.map((each) =>
  each.id + ': ' + each.nodes.slice(0, 3).map((node) => node.target.join(' ')).join(', '))"""


class Window:
    """One browser page, with what it complained about since it was opened."""

    def __init__(self, page: "Page") -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on(
            "console", lambda told: self.complaints.append(told.text) if told.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda told: self.complaints.append(str(told)))

    def _complain(self, told: "ConsoleMessage") -> None:
        if told.type in ("error", "warning"):
            self.complaints.append(told.text)

    def open(self, url: str, session: str = "") -> int:
        """Open an address as somebody and return the status."""
        self.complaints.clear()
        self.page.context.clear_cookies()
        if session:
            self.page.context.add_cookies([{"name": "sid", "value": session, "url": url}])
        answer = self.page.goto(url)
        return answer.status if answer else 0

    def faults(self) -> list[str]:
        """Look at the open page at each width and tell everything that is wrong."""
        found = [complaint for complaint in self.complaints if "Failed to load resource" not in complaint]
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 900})
            measured: list[str] = self.page.evaluate(_MEASURED, [SMALLEST_TEXT_PX, SMALLEST_TARGET_PX])
            found += [f"{width}: {each}" for each in measured + self._violations()]
        if self.page.locator("h1").count() != 1:
            found.append("not one h1")
        return found

    def _violations(self) -> list[str]:
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
        options = {"runOnly": RULES, "resultTypes": ["violations"]}
        told: list[str] = self.page.evaluate(_JUDGED, options)
        return told

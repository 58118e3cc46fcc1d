"""A reader of rendered pages: what is wrong with the structure of one, by the standard library's parser alone."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise

VOID = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr", "use", "rect", "path"})


@dataclass(slots=True)
class Node:
    """One element with its attributes, its text and what is inside it."""

    tag: str
    attrs: dict[str, str | None]
    parent: "Node | None"
    text: str = ""
    children: "list[Node]" = field(default_factory=list)

    def walk(self) -> "list[Node]":
        """List this element and all inside it."""
        return [self, *(deep for child in self.children for deep in child.walk())]

    def name(self) -> str:
        """Return the words a reader gets for this element."""
        own = self.attrs.get("aria-label") or self.attrs.get("alt") or ""
        return "".join([own, self.text, *(child.name() for child in self.children)]).strip()


class Tree(HTMLParser):
    """Builds the tree and notes what closes wrongly."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.root = self.at = Node("", {}, None)
        self.faults: list[str] = []
        self.feed(html)
        self.close()
        if self.at is not self.root:
            self.faults.append(f"<{self.at.tag}> is never closed")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if len({name for name, _ in attrs}) != len(attrs):
            self.faults.append(f"<{tag}> has an attribute twice")
        node = Node(tag, dict(attrs), self.at)
        self.at.children.append(node)
        if tag not in VOID:
            self.at = node

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if self.at.tag != tag:
            self.faults.append(f"</{tag}> closes <{self.at.tag}>")
        if self.at.parent:
            self.at = self.at.parent

    def handle_data(self, data: str) -> None:
        self.at.text += data


def faults(html: str) -> list[str]:
    """List what is wrong with a page, in words."""
    tree = Tree(html)
    nodes = tree.root.walk()
    ids = [str(node.attrs["id"]) for node in nodes if "id" in node.attrs]
    found = [*tree.faults, *(f"id {each} twice" for each in sorted({each for each in ids if ids.count(each) > 1}))]
    for node in nodes:
        found += [f"<{node.tag}> has {name}" for name in node.attrs if name == "style" or name.startswith("on")]
        found += _references(node, set(ids)) + _names(node, nodes)
    headings = [int(node.tag[1]) for node in nodes if node.tag in ("h1", "h2", "h3", "h4", "h5", "h6")]
    if headings.count(1) != 1:
        found.append(f"{headings.count(1)} first-level headings")
    main = [
        int(n.tag[1]) for part in nodes if part.tag == "main" for n in part.walk() if n.tag in ("h1", "h2", "h3", "h4")
    ]
    found += [f"h{low} follows h{high}" for high, low in pairwise(main) if low > high + 1]
    return found


def _references(node: Node, ids: set[str]) -> list[str]:
    """List the ids an element points at that are not on the page."""
    pointed = [str(node.attrs.get(name) or "") for name in ("aria-describedby", "aria-labelledby", "for", "data-copy")]
    target = str(node.attrs.get("href") or "")
    wanted = [*" ".join(pointed).split(), *([target[1:]] if target.startswith("#") else [])]
    return [f"<{node.tag}> points at {each}" for each in wanted if each not in ids]


def _names(node: Node, nodes: list[Node]) -> list[str]:
    """List what a reader could not name or find a way around in."""
    found = []
    if node.tag in ("a", "button", "summary", "option", "legend", "label", "caption") and not node.name():
        found.append(f"<{node.tag}> {node.attrs} has no text")
    if node.tag in ("input", "select", "textarea") and node.attrs.get("type") not in ("hidden", "submit"):
        labels = [each for each in nodes if each.tag == "label" and each.attrs.get("for") == node.attrs.get("id")]
        if len(labels) != 1:
            found.append(f"<{node.tag} name={node.attrs.get('name')}> has {len(labels)} labels")
    if node.tag == "img" and "alt" not in node.attrs:
        found.append("<img> without alt")
    if node.tag == "th" and node.attrs.get("scope") not in ("col", "row"):
        found.append(f"<th> {node.name()} without scope")
    if node.tag == "table" and not any(each.tag == "caption" for each in node.children):
        found.append("<table> without caption")
    if node.tag == "script" and (node.text.strip() or "src" not in node.attrs):
        found.append("<script> inside the page")
    return found

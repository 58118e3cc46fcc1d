"""
Controlling groups: agencies, or owners, that one verified person or body stands behind.

Two names that are the same are not the same person: the columns must hold
verified identifiers. Telephones, devices and addresses join nobody here.
"""

from collections.abc import Mapping

import pandas as pd


def groups_of(members: pd.DataFrame, links: tuple[str, ...]) -> dict[str, str]:
    """Return the group of each member of the first column, named after its first member."""
    names = members.iloc[:, 0].tolist()
    parent = {name: name for name in names}
    for link in links:
        if link not in members.columns:
            continue
        first: dict[str, str] = {}
        for name, held in zip(names, members[link].tolist(), strict=True):
            if isinstance(held, str):
                _join(parent, name, first.setdefault(held, name))
    return {name: _top(parent, name) for name in names}


def grouped(values: pd.Series, groups: Mapping[str, str]) -> pd.Series:
    """Return the group of each value; who is in no table is a group of its own."""
    return values.map(groups).astype("str").fillna(values)


def _top(parent: dict[str, str], name: str) -> str:
    while parent[name] != name:
        parent[name] = parent[parent[name]]
        name = parent[name]
    return name


def _join(parent: dict[str, str], one: str, other: str) -> None:
    first, second = sorted((_top(parent, one), _top(parent, other)))
    parent[second] = first

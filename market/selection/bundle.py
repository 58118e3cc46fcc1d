"""
The package ``draw.zip`` that every citizen gets: the draw, its ledger entries with proofs, and the signed checkpoint.

Same inputs give the same bytes, so that the package itself can be hashed and compared; hence the fixed member order,
the fixed time and no compression. Uncompressed members also let the browser's verifier read the package without a
library. The layout is documented where outsiders read it: in ``verifier``.
"""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from market.kernel.canonical import canonical

FIELDS = ("notice", "lists", "secrets", "beacons", "result", "result_hash")
# Only where quotes decide: the opening log, and the order by price.
QUOTED = ("opening", "selection")
EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class ProvedEntry:
    """A ledger entry with the proof that it is in the checkpoint's tree."""

    index: int
    body: bytes
    path: tuple[bytes, ...]


def bundle_zip(draw: Mapping[str, Any], entries: Sequence[ProvedEntry], checkpoint_text: str) -> bytes:
    """Return the bytes of ``draw.zip``."""
    proved = [
        {"index": entry.index, "body": entry.body.decode(), "path": [step.hex() for step in entry.path]}
        for entry in sorted(entries, key=lambda entry: entry.index)
    ]
    members = {
        "draw.json": canonical(
            {field: draw[field] for field in (*FIELDS, *QUOTED) if field in FIELDS or field in draw}
        ),
        "checkpoint": checkpoint_text.encode(),
        "entries.json": canonical(proved),
    }
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            member = zipfile.ZipInfo(name, EPOCH)
            member.external_attr = 0o644 << 16
            member.create_system = 3  # otherwise the bytes would depend on the machine
            archive.writestr(member, data)
    return package.getvalue()

"""Write the record: `python -m tests.wire.record [PART ...]`."""

import sys
import tempfile
from pathlib import Path

from tests.wire.record.compared import PARTS, write


def main() -> None:
    """Play everything, or the parts that are named, and write what came."""
    if unknown := set(sys.argv[1:]) - set(PARTS):
        sys.exit(f"no part {', '.join(sorted(unknown))}: {', '.join(PARTS)}")
    for part, (file, play) in PARTS.items():
        if sys.argv[1:] and part not in sys.argv[1:]:
            continue
        with tempfile.TemporaryDirectory() as folder:
            write(file, play(Path(folder)))


if __name__ == "__main__":
    main()

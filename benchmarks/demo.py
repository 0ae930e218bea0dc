"""Demo replay with all its documents: seconds of `duban demo --no-serve --json` in a fresh folder.

python benchmarks/demo.py [--keep FOLDER]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMIT_SECONDS = 90


def main() -> int:
    """This function will build the demo once and print the seconds with the figures the command reports."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--keep", type=Path, help="build in this new folder and leave it there")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.keep or Path(scratch) / "demo"
        folder.mkdir(parents=True, exist_ok=False)
        surroundings = {**os.environ, "DUBAN_DATA": str(folder), "DUBAN_DATABASE": ""}
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "duban", "demo", "--no-serve", "--json"],
            env=surroundings, capture_output=True, text=True, check=False,
        )  # fmt: skip
        seconds = time.perf_counter() - start
        if done.returncode:
            print(done.stderr, file=sys.stderr)
            return done.returncode
        figures = json.loads(done.stdout.splitlines()[-1])
        print(
            json.dumps(
                {"wall_seconds": round(seconds, 1), "limit_seconds": LIMIT_SECONDS, **figures},
                ensure_ascii=False,
            )
        )
    return 0 if seconds <= LIMIT_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())

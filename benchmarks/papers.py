"""500 work orders as PDF and as Word files, in as many processes as there are cores, and put together as one zip.

python benchmarks/papers.py [--count 500] [--processes 2]
"""

import argparse
import json
import os
import resource
import sys
import time
import zipfile
from concurrent.futures import ProcessPoolExecutor
from io import BytesIO
from typing import Any

LIMITS = {"pdf": 20.0, "docx": 60.0}


def record(number: int) -> dict[str, Any]:
    """Return a work order of its own: number, unit, one to four items."""
    from duban.documents.kinds import kind_of

    sample = kind_of("work_order").sample()
    sample["number"] = f"示督交〔2020〕{number}号"
    sample["to_unit"] = f"第{number}乡镇人民政府"
    sample["items"] = [
        {**sample["items"][n % 2], "place": f"第{number}—{n + 1}点位"} for n in range(1 + number % 4)
    ]
    return sample


def draw(work: tuple[str, list[int]]) -> list[bytes]:
    """Draw a share of the orders in this process."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "duban.config.settings")
    import django

    django.setup()
    from duban.documents import render

    suffix, numbers = work
    one = render.render_docx if suffix == "docx" else render.render_pdf
    return [one("work_order", record(number)) for number in numbers]


def main() -> int:
    """This function will print seconds, CPU seconds and sizes per format; status 1 if a limit is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=500)
    options.add_argument("--processes", type=int, default=max(os.cpu_count() or 1, 1))
    given = options.parse_args()
    os.environ.setdefault("DUBAN_SECRET_KEY", "benchmark")
    missed = False
    for suffix, limit in LIMITS.items():
        numbers = list(range(1, given.count + 1))
        shares = [(suffix, numbers[first :: given.processes]) for first in range(given.processes)]
        used, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        with ProcessPoolExecutor(given.processes) as pool:
            drawn = [content for share in pool.map(draw, shares) for content in share]
        made = BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
            for number, content in enumerate(drawn, start=1):
                archive.writestr(f"{number}.{suffix}", content)
        seconds = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
        missed |= seconds > limit
        line = {"format": suffix, "documents": len(drawn), "wall_seconds": round(seconds, 1), "cpu_seconds": round(cpu, 1),
                "processes": given.processes, "limit_seconds": limit, "zip_bytes": len(made.getvalue())}  # fmt: skip
        print(json.dumps(line), flush=True)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())

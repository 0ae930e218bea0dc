"""500 work orders as one zip of PDFs and one of Word files, by the job that users start: asked for, drawn, stored,
counted and put together, on an SQLite database of its own.

python benchmarks/papers.py [--count 500]
"""

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from typing import Any

LIMITS = {"pdf_zip": 20.0, "docx_zip": 60.0}


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


def used() -> float:
    """Return the CPU seconds of this process and of the workers that have ended."""
    rows = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(row.ru_utime + row.ru_stime for row in rows)


def measure(count: int) -> bool:
    """Issue the orders, make both bundles; test whether a limit was missed."""
    import django

    django.setup()
    import national

    from duban.config.database import prepare
    from duban.documents import operations as documents
    from duban.kernel import files
    from duban.kernel.actor import SYSTEM
    from duban.people.actors import actor_for

    prepare()
    nation = national.Nation(units=200, findings=20)
    nation.build(lambda *words: None)
    at = nation.at
    who = actor_for(nation.users["national_office"], at=at)
    keys = [
        documents.issue_document(
            actor=SYSTEM, at=at, campaign=nation.campaign, kind="work_order", title=f"交办单{number}",
            record=record(number), subject=nation.campaign,
        ).pk
        for number in range(1, count + 1)
    ]  # fmt: skip
    missed = False
    for form, limit in LIMITS.items():
        bundle = documents.ask_bundle(
            actor=who, at=at, campaign_id=nation.campaign.pk, document_ids=keys, form=form
        )
        before, start = used(), time.perf_counter()
        bundle = documents.make_bundle(actor=SYSTEM, at=at, bundle_id=bundle.pk)
        seconds, cpu = time.perf_counter() - start, used() - before
        missed |= seconds > limit or bundle.state != "ready"
        size = len(files.read(bundle.file)) if bundle.file else 0
        line = {"form": form, "state": bundle.state, "documents": bundle.done, "wall_seconds": round(seconds, 1),
                "cpu_seconds": round(cpu, 1), "cores": os.cpu_count(), "load": os.getloadavg()[0],
                "limit_seconds": limit, "zip_bytes": size}  # fmt: skip
        print(json.dumps(line), flush=True)
    return missed


def main() -> int:
    """This function will print seconds, CPU seconds, load and size per form; status 1 if a limit is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=500)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ.update(DUBAN_DATA=scratch, DUBAN_DATABASE="", DUBAN_JOBS_IMMEDIATE="0")
        os.environ.setdefault("DUBAN_SECRET_KEY", "benchmark")
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "duban.config.settings")
        return int(measure(given.count))


if __name__ == "__main__":
    sys.exit(main())

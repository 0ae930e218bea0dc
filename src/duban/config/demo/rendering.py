"""Setting every document of the demo, in as many processes as there are cores; progress is heard as they come."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from uuid import UUID

CORES = max(os.cpu_count() or 1, 1)


def render_all(progress: Callable[[str], None]) -> int:
    """This function will draw the PDF of every document that has none and return how many that were."""
    from duban.documents.models import OfficialDocument

    waiting = [str(key) for key in OfficialDocument.objects.filter(pdf=None).values_list("pk", flat=True)]
    processes = [_start(waiting[number::CORES]) for number in range(min(CORES, len(waiting)))]
    for process in processes:
        for _line in process.stdout or ():
            progress("document")
    if any(process.wait() for process in processes):
        raise RuntimeError("a document could not be set")
    return len(waiting)


def _start(keys: Sequence[str]) -> subprocess.Popen[str]:
    """A fresh process per share: a forked one would inherit an open database connection."""
    process = subprocess.Popen(
        [sys.executable, "-m", "duban.config.demo.rendering"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    if process.stdin:
        process.stdin.write("\n".join(keys))
        process.stdin.close()
    return process


def main() -> None:
    """This function will draw the documents named on standard input, one line of output each."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "duban.config.settings")
    import django

    django.setup()
    from duban.documents import operations
    from duban.documents.models import OfficialDocument
    from duban.kernel.actor import SYSTEM

    for line in sys.stdin.read().split():
        row = OfficialDocument.objects.get(pk=UUID(line))
        operations.render_document(actor=SYSTEM, at=row.issued_at, document_id=row.pk)
        print(row.pk, flush=True)


if __name__ == "__main__":
    main()

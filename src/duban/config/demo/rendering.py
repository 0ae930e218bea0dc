"""Setting every document of the demo while the replay goes on: one process beside it, a second one at the end.

The replay feeds the keys of issued documents in the evenings; each process calls the operation that the worker's job
calls. On a machine with one core nothing runs beside the replay.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from threading import Thread
from uuid import UUID

CORES = max(os.cpu_count() or 1, 1)
ATTEMPTS = 5


class Renderer:
    """The processes that set documents; `progress` hears `document` for each."""

    def __init__(self, progress: Callable[[str], None]) -> None:
        self.progress = progress
        self.fed: set[UUID] = set()
        self.processes: list[subprocess.Popen[str]] = []
        self.listeners: list[Thread] = []

    def feed(self) -> None:
        """This function will hand the documents issued since the last time to the process beside the replay."""
        if CORES > 1 and (waiting := self._waiting()):
            if not self.processes:
                self._start()
            self._send(0, waiting)

    def finish(self) -> int:
        """This function will have the rest set by as many processes as there are cores and return how many all were.

        :raises RuntimeError: if a document could not be set.
        """
        waiting = self._waiting()
        while waiting and len(self.processes) < min(CORES, 2):
            self._start()
        # The process beside the replay may still be busy with the last evening's: it gets the smaller part.
        cut = len(waiting) // 2 if len(self.processes) > 1 else len(waiting)
        self._send(0, waiting[:cut])
        self._send(1, waiting[cut:])
        for process in self.processes:
            if process.stdin:
                process.stdin.close()
        for listener in self.listeners:
            listener.join()
        if any(process.wait() for process in self.processes):
            raise RuntimeError("a document could not be set")
        return len(self.fed)

    def _waiting(self) -> list[UUID]:
        from duban.documents.models import OfficialDocument

        rows = OfficialDocument.objects.filter(pdf=None).order_by("issued_at").values_list("pk", flat=True)
        return [key for key in rows if key not in self.fed]

    def _send(self, number: int, keys: Sequence[UUID]) -> None:
        if keys and (pipe := self.processes[number].stdin):
            pipe.write("".join(f"{key}\n" for key in keys))
            pipe.flush()
            self.fed.update(keys)

    def _start(self) -> None:
        """A fresh process: a forked one would inherit an open database connection."""
        process = subprocess.Popen(
            [sys.executable, "-m", "duban.config.demo.rendering"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        listener = Thread(target=self._listen, args=(process,), daemon=True)
        listener.start()
        self.processes.append(process)
        self.listeners.append(listener)

    def _listen(self, process: subprocess.Popen[str]) -> None:
        for _line in process.stdout or ():
            self.progress("document")


def main() -> None:
    """This function will draw the documents named on standard input, one line of output each."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "duban.config.settings")
    import django

    django.setup()
    from django.db import OperationalError

    from duban.documents import operations
    from duban.documents.models import OfficialDocument
    from duban.kernel.actor import SYSTEM

    for line in sys.stdin:
        row = OfficialDocument.objects.only("issued_at").get(pk=UUID(line.strip()))
        for attempt in range(1, ATTEMPTS + 1):
            try:
                operations.render_document(actor=SYSTEM, at=row.issued_at, document_id=row.pk)
                break
            except OperationalError:  # the replay writes without a pause: after a long wait it is asked again
                if attempt == ATTEMPTS:
                    raise
        print(row.pk, flush=True)


if __name__ == "__main__":
    main()

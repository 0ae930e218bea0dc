"""`duban work`: the background worker (jobs and the minute tick). Killing it at any moment loses nothing."""

import argparse
import logging
from typing import Any

from django.utils.translation import gettext as _

from duban.config import arguments


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    command = commands.add_parser("work", parents=[shared], help=_("启动后台任务进程"))
    command.add_argument("--threads", type=arguments.THREADS, default=2, help=_("线程数，默认 2"))
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """This function will work until it is stopped."""
    from duban.config.database import prepare

    prepare()
    consume(threads=options.threads)
    return 0


def consume(*, threads: int = 2, in_thread: bool = False) -> None:
    """This function will run the queue's consumer; in a thread of the web process it installs no signal handlers."""
    from duban.kernel.jobs import register_periodic

    logging.getLogger("huey").setLevel(logging.WARNING)
    consumer = register_periodic().create_consumer(workers=threads, periodic=True, max_delay=2.0)
    if in_thread:
        consumer._set_signal_handlers = lambda: None
    consumer.run()

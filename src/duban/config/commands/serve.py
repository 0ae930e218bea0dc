"""`duban serve`: the web server; embedded installations run the worker's threads in the same process."""

import argparse
import os
import signal
import threading
from typing import Any

from django.utils.translation import gettext as _

from duban.config import arguments


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    command = commands.add_parser("serve", parents=[shared], help=_("启动网页服务"))
    command.add_argument("--host", default="127.0.0.1", help=_("监听地址，默认 127.0.0.1"))
    command.add_argument("--port", type=arguments.PORT, default=8000, help=_("端口，默认 8000"))
    command.add_argument("--threads", type=arguments.THREADS, default=8, help=_("每个进程的线程数，默认 8"))
    command.add_argument(
        "--processes", type=arguments.PROCESSES, default=1, help=_("进程数，默认 1；SQLite 只用 1")
    )
    command.add_argument(
        "--no-worker", action="store_true", help=_("不在本进程内跑后台任务（另用 duban work）")
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """This function will serve until it is stopped."""
    from duban.config.database import prepare

    prepare()
    serve(
        options.host,
        options.port,
        threads=options.threads,
        processes=options.processes,
        worker=not options.no_worker,
    )
    return 0


def serve(host: str, port: int, *, threads: int = 8, processes: int = 1, worker: bool = True) -> None:
    """This function will run gunicorn on host:port; on SQLite in one process."""
    from django.db import connection
    from gunicorn.app.base import BaseApplication

    single = connection.vendor == "sqlite"
    connection.close()

    class Server(BaseApplication):
        def load_config(self) -> None:
            self.cfg.set("bind", f"{host}:{port}")
            self.cfg.set("workers", 1 if single else processes)
            self.cfg.set("threads", threads)
            self.cfg.set("worker_class", "gthread")
            self.cfg.set("accesslog", None)
            self.cfg.set("loglevel", "warning")
            self.cfg.set("timeout", 120)
            self.cfg.set("graceful_timeout", 10)
            self.cfg.set("control_socket_disable", True)
            self.cfg.set("post_worker_init", _start_worker if worker and single else _nothing)
            if worker and not single:
                self.cfg.set("when_ready", _start_worker_process)

        def load(self) -> Any:
            os.environ.setdefault("DUBAN_ALLOWED_HOSTS", f"{host},127.0.0.1,localhost")
            from duban.config.wsgi import application

            return application

    Server().run()


def _nothing(_server: Any) -> None:
    return


def _start_worker(_worker: Any) -> None:
    """Run the queue's consumer in a daemon thread of the only web process."""
    from duban.config.commands.work import consume

    threading.Thread(target=consume, kwargs={"in_thread": True}, name="duban-worker", daemon=True).start()


def _start_worker_process(_server: Any) -> None:
    """Fork one worker beside the web processes; it ends with them."""
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        from duban.config.commands.work import consume

        consume()
        os._exit(0)

"""What every domain app does when it starts: its journal verbs, jobs, sweeps and the like become known."""

from importlib import import_module
from importlib.util import find_spec

from duban.kernel.journal import register_verbs

REGISTERING = ("facts", "jobs", "sweeps", "erasers", "moves")


def open_room(name: str) -> None:
    """This function will register the verbs of app `name` and import what registers itself, if it has it."""
    register_verbs(import_module(f"{name}.verbs").VERBS)
    for room in REGISTERING:
        if name != "duban.kernel" and find_spec(f"{name}.{room}"):
            import_module(f"{name}.{room}")

"""House rules of the rooms: shape of operations, verbs that are used, changes that are journalled, pure policies."""

import ast
import inspect
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType

import pytest
from django.apps import apps

from duban.kernel.journal import VERBS

SOURCE = Path(__file__).resolve().parents[2] / "src" / "duban"
APPS = [config.label for config in apps.get_app_configs() if config.name.startswith("duban.")]
# Done for the program's own needs, by nobody: a notice is sent, a team reminded.
WITHOUT_ACTOR = {"notices.notify", "notices.notify_each", "inspection.remind_team"}
# Offered beside the operations, writes nothing.
NOT_AN_OPERATION = {"documents.record_digest"}
# Begin their own transactions: the first two keep files outside of it, the others retry or check before it.
OWN_TRANSACTION = {
    "documents.render_document",
    "documents.make_bundle",
    "reporting.freeze_edition",
    "checklists.publish_version",
}


def modules(app: str) -> Iterator[ModuleType]:
    """The operations module of an app, or every module of its operations package."""
    if not any((SOURCE / app / name).exists() for name in ("operations.py", "operations")):
        return
    top = import_module(f"duban.{app}.operations")
    yield top
    if hasattr(top, "__path__"):
        for found in pkgutil.iter_modules(top.__path__):
            yield import_module(f"duban.{app}.operations.{found.name}")


def operations() -> dict[str, FunctionType]:
    """Every public name an app offers as operation (what its package exports, or its module defines)."""
    found: dict[str, FunctionType] = {}
    for app in APPS:
        for module in list(modules(app))[:1]:
            for name, value in vars(module).items():
                if name.startswith("_") or not inspect.isfunction(value):
                    continue
                if value.__module__.startswith(f"duban.{app}.operations"):
                    found[f"{app}.{name}"] = value
    return {name: value for name, value in found.items() if name not in NOT_AN_OPERATION}


OPERATIONS = operations()


def test_operations_were_found() -> None:
    assert len(OPERATIONS) > 120


def is_atomic(function: FunctionType) -> bool:
    tree = ast.parse(inspect.getsource(inspect.unwrap(function)).lstrip())
    return any(ast.unparse(one).startswith("transaction.atomic") for one in tree.body[0].decorator_list)


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_says_who_when_and_is_whole(name: str) -> None:
    function = inspect.unwrap(OPERATIONS[name])
    parameters = inspect.signature(function).parameters.values()
    assert all(one.kind in (one.KEYWORD_ONLY, one.VAR_KEYWORD) for one in parameters), "not keyword-only"
    names = {one.name for one in parameters}
    assert "at" in names and ("actor" in names or name in WITHOUT_ACTOR)
    assert is_atomic(OPERATIONS[name]) or name in OWN_TRANSACTION
    assert inspect.getdoc(function), "no docstring"


def sources() -> Iterator[tuple[str, str]]:
    for path in SOURCE.rglob("*.py"):
        if "migrations" not in path.parts and path.name != "verbs.py":
            yield str(path.relative_to(SOURCE)), path.read_text()


def test_every_registered_verb_is_used_and_every_used_verb_registered() -> None:
    text = "\n".join(body for _name, body in sources())
    quoted = set(re.findall(r'"([a-z_]+\.[a-z_]+)"', text))
    # A verb may be put together: f"edition.{past}".
    stems = {one.split("{")[0] for one in re.findall(r'f"([a-z_]+\.[a-z_]*\{[^"]+)"', text)}
    unused = {
        verb for verb in VERBS if verb not in quoted and not any(verb.startswith(stem) for stem in stems)
    }
    assert unused == set()
    recorded = set(re.findall(r'journal\.record\(\s*"([a-z_]+\.[a-z_]+)"', text))
    assert recorded - set(VERBS) == set()


@pytest.mark.parametrize("app", APPS)
def test_an_app_that_writes_also_journals(app: str) -> None:
    found = list(modules(app))
    if not found:
        return
    for module in found:
        text = inspect.getsource(module)
        writes = re.search(r"\.(create|save|bulk_create|update|delete)\(|workflow\.move\(", text)
        if writes and app not in {"notices"}:
            assert "journal.record" in text or re.search(
                r"\b_?(record|note|tell|done|move|_done)\w*\(", text
            ), module.__name__


def policies() -> Iterator[Path]:
    yield from sorted(SOURCE.glob("*/policy.py"))


@pytest.mark.parametrize("path", list(policies()), ids=lambda path: path.parent.name)
def test_decisions_are_pure(path: Path) -> None:
    """`can_*` reads the rows it is given: no manager, no query, no clock."""
    asking = {
        "filter",
        "exclude",
        "exists",
        "count",
        "get",
        "aggregate",
        "values_list",
        "values",
        "first",
        "all",
        "now",
    }
    offenders = []
    for node in ast.parse(path.read_text()).body:
        if not isinstance(node, ast.FunctionDef) or not node.name.startswith("can_"):
            continue
        for part in ast.walk(node):
            if isinstance(part, ast.Attribute) and part.attr in {"objects", "_base_manager"}:
                offenders.append(f"{node.name}: .{part.attr}")
            if (
                isinstance(part, ast.Call)
                and isinstance(part.func, ast.Attribute)
                and part.func.attr in asking
            ):
                offenders.append(f"{node.name}: {ast.unparse(part)}")
    assert offenders == []

"""House rules that hold over the whole source: layers of foreign keys, the clock, HTTP, sizes, forbidden columns."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "duban"
DOORS = {"web", "api", "field", "portal", "config"}
FILES = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)


def layers() -> dict[str, int]:
    """App → height, read from the import-linter contract so that there is one truth."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    rows = config["tool"]["importlinter"]["contracts"][0]["layers"]
    return {name.strip(): len(rows) - height for height, row in enumerate(rows) for name in row.split("|")}


def test_foreign_keys_point_down_the_layers():
    height = layers()
    upward = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for model in apps.get_models()
        if model.__module__.startswith("duban.")
        for field in [*model._meta.fields, *model._meta.many_to_many]
        if field.is_relation
        and field.related_model.__module__.startswith("duban.")
        and height[field.related_model._meta.app_label] > height[model._meta.app_label]
    ]
    assert upward == []


def calls(path: Path) -> list[str]:
    """Dotted names called in a file."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            found.append(ast.unparse(node.func))
    return found


def test_only_doors_and_the_clock_read_the_time():
    forbidden = {
        "timezone.now",
        "datetime.now",
        "datetime.today",
        "date.today",
        "datetime.datetime.now",
        "time.time",
    }
    offenders = {}
    for path in FILES:
        room = path.relative_to(SOURCE).parts[0]
        relative = str(path.relative_to(SOURCE))
        names = set(calls(path))
        reads = names & forbidden
        if room not in DOORS and relative != "kernel/journal.py":
            reads |= names & {"clock.now"}
        if relative in {"kernel/clock.py", "kernel/logs.py", "kernel/jobs.py", "config/demo_clock.py"}:
            continue
        if reads:
            offenders[relative] = sorted(reads)
    assert offenders == {}


def test_domain_rooms_do_not_speak_http():
    pattern = re.compile(r"^(from|import) django\.(http|shortcuts|views)", re.MULTILINE)
    offenders = [
        str(path.relative_to(SOURCE)) for path in FILES
        if path.relative_to(SOURCE).parts[0] not in DOORS and pattern.search(path.read_text())
    ]  # fmt: skip
    assert offenders == []


def test_doors_do_not_write():
    """Views read through queries and write through operations."""
    pattern = re.compile(r"\.(save|create|bulk_create|update_or_create|get_or_create|delete|bulk_update)\(")
    offenders = []
    for path in FILES:
        relative = path.relative_to(SOURCE)
        if relative.parts[0] in {"web", "portal", "api", "field"}:
            for number, line in enumerate(path.read_text().splitlines(), start=1):
                if pattern.search(line) and not re.search(r"session|form\.save|\bcache\.", line):
                    offenders.append(f"{relative}:{number}")
    assert offenders == []


def test_models_neither_save_nor_signal():
    offenders = [
        str(path.relative_to(SOURCE)) for path in FILES
        if re.search(r"def save\(|django\.db\.models\.signals|post_save|pre_save", path.read_text())
    ]  # fmt: skip
    assert offenders == []


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function's body; keyword-only signatures and docstrings are reading, not logic."""
    body = node.body[1:] if ast.get_docstring(node) else node.body
    return node.end_lineno - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_files_and_functions_stay_readable(path):
    text = path.read_text()
    assert text.count("\n") <= 600
    long = [
        f"{node.name} ({lines} lines)"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (lines := body_lines(node)) > 60
    ]
    assert long == []


def test_no_column_about_citizens():
    """G-2: no column may hold identity numbers, health codes, test results, itineraries or home addresses."""
    forbidden = re.compile(
        r"(id_?card|identity_number|passport|health_code|test_result|temperature|itinerary|travel|trajectory|"
        r"home_address|mobile_(phone|number)|personal_phone|contact_person|patient|quarantined_person|face)"
    )
    offenders = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model.__module__.startswith("duban.")
        for field in model._meta.get_fields()
        if forbidden.search(field.name)
    ]
    assert offenders == []


def test_program_knows_no_epidemic():
    """Everything about a field of supervision lives in packs/ (DOMAIN §7)."""
    words = re.compile(r"疫|核酸|隔离|epidemic|covid|防控", re.IGNORECASE)
    offenders = []
    for path in sorted(SOURCE.rglob("*")):
        relative = path.relative_to(SOURCE)
        if path.suffix not in {".py", ".html", ".js", ".yaml", ".typ"} or "vendor" in relative.parts:
            continue
        if relative.parts[0] == "config":  # the demo names the campaign it replays
            continue
        offenders += [
            f"{relative}:{number}" for number, line in enumerate(path.read_text().splitlines(), start=1)
            if words.search(line)
        ]  # fmt: skip
    assert offenders == []

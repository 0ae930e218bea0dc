"""Backup and restore: one zip with every row as JSON lines, every file by content hash, and a manifest of digests.

The rows are engine-independent: a backup taken on SQLite restores on PostgreSQL and the other way round. A backup is
written under a temporary name and renamed when complete; a restore is one transaction into an empty database.
"""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, connection, models, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _

from duban.kernel import files
from duban.kernel.errors import Conflict, Invalid
from duban.kernel.models import StoredFile

FORMAT = 1
BATCH = 2000
LEFT_OUT = {"sessions.Session", "contenttypes.ContentType", "auth.Permission", "account.EmailConfirmation"}
Report = Callable[[str, int], None]


def _models() -> list[type[models.Model]]:
    """Return every table's model (link tables of many-to-many fields included), parents before children."""
    ordered: list[type[models.Model]] = []
    waiting = [one for one in apps.get_models(include_auto_created=True) if one._meta.label not in LEFT_OUT]
    waiting = [one for one in waiting if one._meta.managed and not one._meta.proxy]
    while waiting:
        ready = [one for one in waiting if not (_parents(one) & set(waiting) - {one})]
        if not ready:
            raise RuntimeError("models reference each other in a circle")
        ordered += sorted(ready, key=lambda one: one._meta.label)
        waiting = [one for one in waiting if one not in ready]
    return ordered


def _parents(model: type[models.Model]) -> set[Any]:
    return {field.related_model for field in model._meta.concrete_fields if field.is_relation}


def _rows(model: type[models.Model]) -> Iterator[str]:
    names = [field.attname for field in model._meta.concrete_fields]
    own = next((field.attname for field in model._meta.concrete_fields if field.related_model is model), None)
    order = ["depth", "pk"] if own and "depth" in names else ["pk"]
    for row in model._base_manager.order_by(*order).values_list(*names).iterator(chunk_size=BATCH):
        yield json.dumps(row, cls=_Encoder, ensure_ascii=False)


class _Encoder(DjangoJSONEncoder):
    """Keeps microseconds, which Django's encoder cuts to milliseconds: sealed times must come back exactly."""

    def default(self, value: Any) -> Any:
        return value.isoformat() if isinstance(value, datetime) else super().default(value)


def _state() -> list[str]:
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


def back_up(path: Path, *, at: datetime, report: Report = lambda name, count: None) -> dict[str, Any]:
    """This function will write a consistent backup to `path` and return its manifest; a failed one leaves no file."""
    part = path.with_suffix(path.suffix + ".part")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        manifest = _write(part, at, report)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    part.replace(path)
    return manifest


def _write(part: Path, at: datetime, report: Report) -> dict[str, Any]:
    tables: dict[str, dict[str, Any]] = {}
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as target, transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for model in _models():
            label = model._meta.label
            tables[label] = _write_table(target, label, _rows(model))
            report(label, tables[label]["rows"])
        stored = list(StoredFile.objects.filter(erased_at=None).values_list("sha256", flat=True))
        for sha256 in stored:
            name = files.storage_name(sha256)
            if default_storage.exists(name):
                with default_storage.open(name) as handle:
                    target.writestr(zipfile.ZipInfo(f"files/{sha256}"), handle.read(), zipfile.ZIP_STORED)
        manifest = {
            "format": FORMAT, "at": at.isoformat(), "migrations": _state(), "tables": tables, "files": len(stored),
        }  # fmt: skip
        target.writestr("manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1))
    return manifest


def _write_table(target: zipfile.ZipFile, label: str, rows: Iterator[str]) -> dict[str, Any]:
    digest = hashlib.sha256()
    count = 0
    with target.open(f"rows/{label}.jsonl", "w", force_zip64=True) as out:
        for row in rows:
            line = row.encode() + b"\n"
            digest.update(line)
            out.write(line)
            count += 1
    return {"rows": count, "sha256": digest.hexdigest()}


def read_manifest(path: Path) -> dict[str, Any]:
    """This function will read and check the manifest of a backup.

    :raises Invalid: if the file is not a complete backup of this version.
    """
    try:
        with zipfile.ZipFile(path) as source:
            manifest: dict[str, Any] = json.loads(source.read("manifest.json"))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        raise Invalid("not_a_backup", _("这个文件不是完整的备份：%(name)s") % {"name": path.name}) from None
    if manifest.get("format") != FORMAT:
        raise Invalid("backup_format", _("备份格式不同，不能恢复。"))
    return manifest


def restore(path: Path, *, report: Report = lambda name, count: None) -> dict[str, Any]:
    """This function will restore a backup into the (migrated, empty) database, all or nothing.

    :raises Conflict: if the database holds anything. :raises Invalid: for a damaged or differently migrated backup.
    """
    manifest = read_manifest(path)
    if apps.get_model("kernel.Event").objects.exists() or apps.get_model("people.User").objects.exists():
        raise Conflict("not_empty", _("数据库里已有数据，不能恢复到其上。请用空的数据文件夹或数据库。"))
    if manifest["migrations"] != _state():
        raise Invalid("backup_version", _("备份来自另一个版本的程序，请用同一版本恢复后再升级。"))
    try:
        _read_all(path, manifest, report)
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, ValidationError, IntegrityError):
        raise Invalid(
            "backup_damaged", _("备份文件已损坏，没有恢复任何数据：%(name)s") % {"name": path.name}
        ) from None
    return manifest


def _read_all(path: Path, manifest: dict[str, Any], report: Report) -> None:
    with zipfile.ZipFile(path) as source:
        for name in source.namelist():
            if name.startswith("files/"):
                _restore_file(source, name)
        with transaction.atomic():
            for model in _models():
                label = model._meta.label
                expected = manifest["tables"].get(label)
                if expected and expected["rows"]:
                    _restore_table(source, model, expected)
                    report(label, expected["rows"])
            _reset_sequences()


def _restore_file(source: zipfile.ZipFile, name: str) -> None:
    sha256 = name.removeprefix("files/")
    content = source.read(name)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Invalid("backup_damaged", _("备份中的文件已损坏：%(name)s") % {"name": sha256[:12]})
    if not default_storage.exists(files.storage_name(sha256)):
        default_storage.save(files.storage_name(sha256), ContentFile(content))


def _restore_table(source: zipfile.ZipFile, model: type[models.Model], expected: dict[str, Any]) -> None:
    fields = list(model._meta.concrete_fields)
    digest = hashlib.sha256()
    batch: list[models.Model] = []
    with source.open(f"rows/{model._meta.label}.jsonl") as lines:
        for line in lines:
            digest.update(line)
            values = json.loads(line)
            batch.append(
                model(**{field.attname: field.to_python(v) for field, v in zip(fields, values, strict=True)})
            )
            if len(batch) >= BATCH:
                model._base_manager.bulk_create(batch)
                batch = []
    model._base_manager.bulk_create(batch)
    if digest.hexdigest() != expected["sha256"]:
        raise Invalid("backup_damaged", _("备份中的表已损坏：%(name)s") % {"name": model._meta.label})


def _reset_sequences() -> None:
    from django.core.management.color import no_style

    statements = connection.ops.sequence_reset_sql(no_style(), _models())
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)

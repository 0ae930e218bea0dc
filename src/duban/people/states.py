"""States of an import on the pages: checked in the background, confirmed by a person, written in the background."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportState(models.TextChoices):
    CHECKING = "checking", _("正在核对")
    CHECKED = "checked", _("待确认")
    IMPORTING = "importing", _("正在写入")
    DONE = "done", _("已导入")
    REFUSED = "refused", _("有要改的地方")
    FAILED = "failed", _("没有完成")
    STOPPED = "stopped", _("不导入")


IMPORT_TRANSITIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "pass": ((ImportState.CHECKING,), ImportState.CHECKED),
    "confirm": ((ImportState.CHECKED,), ImportState.IMPORTING),
    "finish": ((ImportState.IMPORTING,), ImportState.DONE),
    "refuse": ((ImportState.CHECKING, ImportState.IMPORTING), ImportState.REFUSED),
    "fail": ((ImportState.CHECKING, ImportState.IMPORTING), ImportState.FAILED),
    "stop": ((ImportState.CHECKING, ImportState.CHECKED, ImportState.FAILED), ImportState.STOPPED),
    "retry": ((ImportState.FAILED,), ImportState.CHECKING),
}
WORKING = (ImportState.CHECKING, ImportState.IMPORTING)

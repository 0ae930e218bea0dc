"""Life of a checklist version: immutable once published."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class VersionState(models.TextChoices):
    DRAFT = "draft", _("草稿")
    PUBLISHED = "published", _("已发布")
    RETIRED = "retired", _("已停用")


TRANSITIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "publish": ((VersionState.DRAFT,), VersionState.PUBLISHED),
    "retire": ((VersionState.PUBLISHED,), VersionState.RETIRED),
}

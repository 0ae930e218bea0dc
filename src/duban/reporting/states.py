"""Life of a daily edition (16:00 汇总) and of a bulletin issue (督导通报)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

Table = dict[str, tuple[tuple[str, ...], str]]


class EditionState(models.TextChoices):
    FROZEN = "frozen", _("已冻结")
    CHECKED = "checked", _("已核稿")
    REVIEWED = "reviewed", _("已审核")
    SIGNED = "signed", _("已签发")
    SENT = "sent", _("已报送")
    ACKNOWLEDGED = "acknowledged", _("已回执")
    SUPERSEDED = "superseded", _("已更正")


E = EditionState
EDITION_TRANSITIONS: Table = {
    "check": ((E.FROZEN,), E.CHECKED),
    "review": ((E.CHECKED,), E.REVIEWED),
    "return": ((E.CHECKED, E.REVIEWED), E.FROZEN),
    "sign": ((E.REVIEWED,), E.SIGNED),
    "send": ((E.SIGNED,), E.SENT),
    "acknowledge": ((E.SENT,), E.ACKNOWLEDGED),
    "supersede": ((E.FROZEN, E.CHECKED, E.REVIEWED, E.SIGNED, E.SENT, E.ACKNOWLEDGED), E.SUPERSEDED),
}


class BulletinState(models.TextChoices):
    DRAFT = "draft", _("草稿")
    IN_REVIEW = "in_review", _("送审")
    ISSUED = "issued", _("已印发")
    WITHDRAWN = "withdrawn", _("已撤回")


BULLETIN_TRANSITIONS: Table = {
    "submit": ((BulletinState.DRAFT,), BulletinState.IN_REVIEW),
    "return": ((BulletinState.IN_REVIEW,), BulletinState.DRAFT),
    "issue": ((BulletinState.IN_REVIEW,), BulletinState.ISSUED),
    "withdraw": ((BulletinState.ISSUED,), BulletinState.WITHDRAWN),
}

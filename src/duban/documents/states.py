"""Life of a number and of an official document. A number once used is never used again."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class NumberState(models.TextChoices):
    RESERVED = "reserved", _("已留号")
    USED = "used", _("已用")
    VOIDED = "voided", _("作废")


class DocumentState(models.TextChoices):
    ISSUED = "issued", _("已印发")
    VOIDED = "voided", _("已作废")


NUMBER_TRANSITIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "use": ((NumberState.RESERVED,), NumberState.USED),
    "void": ((NumberState.RESERVED, NumberState.USED), NumberState.VOIDED),
}
DOCUMENT_TRANSITIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "void": ((DocumentState.ISSUED,), DocumentState.VOIDED),
}

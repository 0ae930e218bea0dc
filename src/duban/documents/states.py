"""Life of a number, of a draft on its way to the signature, of an official document and of a bundle of files.

A number once used is never used again; a text that left its drafter is not changed until it comes back.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class NumberState(models.TextChoices):
    RESERVED = "reserved", _("已留号")
    USED = "used", _("已用")
    VOIDED = "voided", _("作废")


class DocumentState(models.TextChoices):
    ISSUED = "issued", _("已印发")
    VOIDED = "voided", _("已作废")


class DraftState(models.TextChoices):
    DRAFTING = "drafting", _("拟稿")
    REVIEWING = "reviewing", _("核稿")
    COUNTERSIGNING = "countersigning", _("会签")
    SIGNING = "signing", _("待签发")
    SIGNED = "signed", _("已签发")
    DISCARDED = "discarded", _("已废止")


class BundleState(models.TextChoices):
    WAITING = "waiting", _("排队")
    READY = "ready", _("已生成")
    FAILED = "failed", _("生成失败")


NUMBER_TRANSITIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "use": ((NumberState.RESERVED,), NumberState.USED),
    "void": ((NumberState.RESERVED, NumberState.USED), NumberState.VOIDED),
}
DOCUMENT_TRANSITIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "void": ((DocumentState.ISSUED,), DocumentState.VOIDED),
}
D = DraftState
UNDER_APPROVAL = (D.REVIEWING, D.COUNTERSIGNING, D.SIGNING)
DRAFT_TRANSITIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "submit": ((D.DRAFTING,), D.REVIEWING),
    "pass_on": ((D.REVIEWING,), D.COUNTERSIGNING),
    "pass_up": ((D.REVIEWING, D.COUNTERSIGNING), D.SIGNING),
    "send_back": (UNDER_APPROVAL, D.DRAFTING),
    "recall": (UNDER_APPROVAL, D.DRAFTING),
    "sign": ((D.SIGNING,), D.SIGNED),
    "discard": ((D.DRAFTING,), D.DISCARDED),
}
BUNDLE_TRANSITIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "finish": ((BundleState.WAITING,), BundleState.READY),
    "fail": ((BundleState.WAITING,), BundleState.FAILED),
    "retry": ((BundleState.FAILED,), BundleState.WAITING),
}

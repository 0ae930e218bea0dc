"""Life of a form approval and of a burden objection (§5.6)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ApprovalState(models.TextChoices):
    REQUESTED = "requested", _("待审批")
    APPROVED = "approved", _("已批准")
    REFUSED = "refused", _("不批准")
    EXPIRED = "expired", _("已过期")


class ObjectionState(models.TextChoices):
    OPEN = "open", _("待答复")
    UPHELD = "upheld", _("成立")
    REJECTED = "rejected", _("不成立")


APPROVAL_TRANSITIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "approve": ((ApprovalState.REQUESTED,), ApprovalState.APPROVED),
    "refuse": ((ApprovalState.REQUESTED,), ApprovalState.REFUSED),
    "expire": ((ApprovalState.APPROVED,), ApprovalState.EXPIRED),
}
OBJECTION_TRANSITIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "uphold": ((ObjectionState.OPEN,), ObjectionState.UPHELD),
    "reject": ((ObjectionState.OPEN,), ObjectionState.REJECTED),
}

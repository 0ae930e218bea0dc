"""Life of a dispatch (批次)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DispatchState(models.TextChoices):
    PLANNED = "planned", _("已排")
    DEPARTED = "departed", _("已出发")
    RETURNED = "returned", _("已返回")
    CANCELLED = "cancelled", _("已取消")


TRANSITIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "depart": ((DispatchState.PLANNED,), DispatchState.DEPARTED),
    "return": ((DispatchState.DEPARTED,), DispatchState.RETURNED),
    "cancel": ((DispatchState.PLANNED,), DispatchState.CANCELLED),
}

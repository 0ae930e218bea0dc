"""Life of a campaign: it closes only by a closing decision (S4-70) and is erased by its plan (G-9)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CampaignState(models.TextChoices):
    PREPARING = "preparing", _("筹备")
    RUNNING = "running", _("进行中")
    CLOSED = "closed", _("已结束")
    ERASED = "erased", _("已清除")


TRANSITIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "start": ((CampaignState.PREPARING,), CampaignState.RUNNING),
    "close": ((CampaignState.RUNNING,), CampaignState.CLOSED),
    "reopen": ((CampaignState.CLOSED,), CampaignState.RUNNING),
    "erase": ((CampaignState.CLOSED,), CampaignState.ERASED),
}

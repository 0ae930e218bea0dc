"""Life of the daily key points and of a draw."""

from django.db import models
from django.utils.translation import gettext_lazy as _

Table = dict[str, tuple[tuple[str, ...], str]]


class KeyPointsState(models.TextChoices):
    DRAFT = "draft", _("草稿")
    APPROVED = "approved", _("已批准")
    PUSHED = "pushed", _("已下发")


KEY_POINTS_TRANSITIONS: Table = {
    "approve": ((KeyPointsState.DRAFT,), KeyPointsState.APPROVED),
    "return": ((KeyPointsState.APPROVED,), KeyPointsState.DRAFT),
    "push": ((KeyPointsState.APPROVED,), KeyPointsState.PUSHED),
}


class DrawState(models.TextChoices):
    COMMITTED = "committed", _("已承诺")
    DRAWN = "drawn", _("已抽取")
    REVEALED = "revealed", _("已公开种子")


DRAW_TRANSITIONS: Table = {
    "draw": ((DrawState.COMMITTED,), DrawState.DRAWN),
    "reveal": ((DrawState.DRAWN,), DrawState.REVEALED),
}

"""Life of a text that arrived: it waits for a person, who confirms it, adds it to a directive as a further source, or discards it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TextState(models.TextChoices):
    WAITING = "waiting", _("待核对")
    CONFIRMED = "confirmed", _("已登记")
    ATTACHED = "attached", _("已并入")
    DISCARDED = "discarded", _("不予登记")


TRANSITIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "confirm": ((TextState.WAITING,), TextState.CONFIRMED),
    "attach": ((TextState.WAITING,), TextState.ATTACHED),
    "discard": ((TextState.WAITING,), TextState.DISCARDED),
}

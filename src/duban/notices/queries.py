"""Named reads of notices."""

from django.db.models import QuerySet

from duban.kernel.actor import Actor
from duban.notices import policy
from duban.notices.models import Notice


def unread_notices(actor: Actor) -> QuerySet[Notice]:
    """Return what the reader has not seen yet, newest first."""
    return policy.notices_visible_to(actor).filter(read_at=None).order_by("-created_at", "-id")

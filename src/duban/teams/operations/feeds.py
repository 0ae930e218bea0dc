"""Secret addresses for calendar programs: opened, replaced, revoked. What they show is in teams/duty.py."""

import hashlib
import secrets
from datetime import datetime
from uuid import UUID

from django.db import transaction

from duban.kernel import journal
from duban.kernel.actor import Actor
from duban.kernel.policy import require
from duban.teams import policy
from duban.teams.models import RosterFeed
from duban.teams.operations.rounds import load_campaign

TOKEN_BYTES = 32


def digest_of(token: str) -> str:
    """This function will return what is kept of an address."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def open_feed(*, actor: Actor, at: datetime, campaign_id: UUID) -> tuple[RosterFeed, str]:
    """This function will make the actor's calendar address and return it with its token, shown this once.

    An address from before stops working.
    """
    campaign = load_campaign(actor, campaign_id)
    require(policy.can_open_feed(actor, campaign))
    policy.feeds_visible_to(actor).filter(campaign=campaign).update(revoked_at=at)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    feed = RosterFeed(campaign=campaign, user_id=actor.user_id, token_hash=digest_of(token), created_at=at)
    feed.save(force_insert=True)
    journal.record("feed.opened", actor=actor, at=at, subject=feed, area_path=campaign.area_path)
    return feed, token


@transaction.atomic
def revoke_feed(*, actor: Actor, at: datetime, campaign_id: UUID) -> int:
    """This function will stop the actor's calendar address; returns 0 if there was none."""
    count = 0
    for feed in policy.feeds_visible_to(actor).filter(campaign_id=campaign_id):
        count += RosterFeed.objects.filter(pk=feed.pk, revoked_at=None).update(revoked_at=at)
        journal.record("feed.revoked", actor=actor, at=at, subject=feed, area_path=feed.campaign.area_path)
    return count

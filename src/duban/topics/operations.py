"""Entering, correcting and withdrawing what people report."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.campaigns.models import Campaign, Category
from duban.campaigns.policy import campaigns_visible_to
from duban.kernel import journal
from duban.kernel.actor import Actor
from duban.kernel.clock import local_day
from duban.kernel.errors import Conflict, Denied, Invalid
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.sites.policy import sites_visible_to
from duban.territory.policy import units_visible_to
from duban.topics import policy
from duban.topics.checks import check_values
from duban.topics.models import Channel, Topic

FIELDS = ("area", "site", "category", "channel", "subject", "count", "starts_on", "ends_on", "answer")


@transaction.atomic
def enter_topic(*, actor: Actor, at: datetime, campaign_id: UUID, **values: Any) -> Topic:
    """This function will enter a topic.

    `values`: area_id, channel, subject, count, starts_on, ends_on and, if known, site_id, category_id, answer.

    :raises Invalid: for an unknown place or channel, impossible days or numbers, or something that points at a person.
    """
    campaign = get_visible(campaigns_visible_to(actor), campaign_id)
    require(policy.can_keep_topics(actor, campaign))
    if actor.user_id is None:
        raise Denied()
    topic = Topic(campaign=campaign, entered_by_id=actor.user_id, created_at=at)
    _fill(topic, actor, local_day(at), values)
    topic.save(force_insert=True)
    journal.record(
        "topic.entered", actor=actor, at=at, subject=topic, label=topic.subject, detail={"count": topic.count}
    )
    return topic


@transaction.atomic
def correct_topic(*, actor: Actor, at: datetime, topic_id: UUID, reason: str, **values: Any) -> Topic:
    """This function will correct a topic, with the reason; what it was stays in the journal."""
    topic = _load(actor, topic_id)
    if not reason.strip():
        raise Invalid("reason_missing", None, {"reason": _("请写明理由。")})
    before = {name: str(getattr(topic, name) or "") for name in FIELDS}
    _fill(topic, actor, local_day(at), values)
    topic.save()
    changed = {name: before[name] for name in FIELDS if before[name] != str(getattr(topic, name) or "")}
    journal.record(
        "topic.corrected", actor=actor, at=at, subject=topic, label=topic.subject, reason=reason, detail={"before": changed}
    )  # fmt: skip
    return topic


@transaction.atomic
def withdraw_topic(*, actor: Actor, at: datetime, topic_id: UUID, reason: str) -> Topic:
    """This function will take a topic out of the counts, with the reason."""
    topic = _load(actor, topic_id)
    if not reason.strip():
        raise Invalid("reason_missing", None, {"reason": _("请写明理由。")})
    topic.withdrawn_at = at
    topic.save(update_fields=["withdrawn_at"])
    journal.record("topic.withdrawn", actor=actor, at=at, subject=topic, label=topic.subject, reason=reason)
    return topic


def _load(actor: Actor, topic_id: UUID) -> Topic:
    topic = get_visible(policy.topics_visible_to(actor), topic_id, lock=True)
    require(policy.can_keep_topics(actor, topic.campaign))
    if topic.withdrawn_at is not None:
        raise Conflict("already_withdrawn", _("这条记录已经撤销。"))
    return topic


def _fill(topic: Topic, actor: Actor, today: date, values: Mapping[str, Any]) -> None:
    campaign: Campaign = topic.campaign
    area = units_visible_to(actor).filter(pk=values["area_id"], path__startswith=campaign.area_path).first()
    site = None
    wrong: dict[str, str] = {}
    if area is None:
        wrong["area"] = _("请选择专项范围内的地区或单位。")
    elif values.get("site_id"):
        site = sites_visible_to(actor).filter(pk=values["site_id"], area_path__startswith=area.path).first()
        if site is None:
            wrong["site"] = _("点位不在这个地区内。")
    if values["channel"] not in Channel.values:
        wrong["channel"] = _("请选择来源渠道。")
    subject, answer = values["subject"].strip(), values.get("answer", "").strip()
    wrong |= check_values(values, today)
    if wrong:
        raise Invalid("topic_invalid", None, wrong)
    topic.area, topic.site, topic.area_path = area, site, site.area_path if site else area.path
    topic.category = Category.objects.filter(pack=campaign.pack, pk=values.get("category_id")).first()
    topic.channel, topic.subject, topic.answer, topic.count = (
        values["channel"],
        subject,
        answer,
        values["count"],
    )
    topic.starts_on, topic.ends_on = values["starts_on"], values["ends_on"]

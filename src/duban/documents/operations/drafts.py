"""Writing a draft: text, persons named for its approval, recipients, reserved number; discarding it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.utils.translation import gettext as _

from duban.campaigns import policy as campaigns
from duban.documents import drafting, policy, queries
from duban.documents.kinds import kind_of
from duban.documents.mending import mend_record
from duban.documents.models import Countersignature, Draft, RecipientGroup
from duban.documents.operations.issuing import require_reason, take_number, void_number
from duban.documents.states import DRAFT_TRANSITIONS
from duban.documents.vocabulary import check_shape
from duban.kernel import journal, workflow
from duban.kernel.actor import Actor
from duban.kernel.errors import Invalid, WrongState
from duban.kernel.fields import within
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.territory.models import Unit

RECIPIENTS = ("main_groups", "main_units", "copy_groups", "copy_units")
NAME_KEYS = {"name", "post", "may_be_named"}


@transaction.atomic
def write_draft(
    *,
    actor: Actor,
    at: datetime,
    campaign_id: UUID,
    kind: str,
    title: str,
    corrects_id: UUID | None = None,
    **text: Any,
) -> Draft:
    """This function will begin a draft of a kind that may be drafted freely; `text` as in change_draft.

    :raises Invalid: for another kind, an empty title or a field of the wrong shape.
    """
    campaign = get_visible(campaigns.campaigns_visible_to(actor), campaign_id)
    require(policy.can_draft(actor, campaign, kind))
    if not kind_of(kind).drafted:
        raise Invalid("not_drafted", _("这种文书由记录生成，不能自由拟稿。"), {"kind": _("请选择其他文种。")})
    corrected = get_visible(policy.documents_visible_to(actor), corrects_id) if corrects_id else None
    if corrected:
        require(policy.can_correct(actor, corrected, kind))
    draft = Draft(
        campaign=campaign, kind=kind, title=_title(title), record={}, drafted_by_id=actor.user_id, created_at=at,
        changed_at=at, area_path=campaign.area_path, corrects=corrected,
    )  # fmt: skip
    draft.save(force_insert=True)
    _apply(actor, draft, text)
    journal.record("draft.written", actor=actor, at=at, subject=draft, label=kind_of(kind).title)
    return draft


@transaction.atomic
def change_draft(
    *,
    actor: Actor,
    at: datetime,
    draft_id: UUID,
    version: int | None = None,
    title: str | None = None,
    **text: Any,
) -> Draft:
    """This function will change a draft; what is not given stays.

    `text` may hold record, names, reviewer_id, signer_id, countersigner_ids, and the ids main_groups, main_units,
    copy_groups, copy_units.

    :raises WrongState: if somebody saved another version meanwhile.
    :raises Invalid: for a field of the wrong shape, or a person who cannot approve.
    """
    draft = get_visible(policy.drafts_visible_to(actor), draft_id, lock=True)
    require(policy.can_change_draft(actor, draft))
    if version is not None and version != draft.version:
        raise WrongState("changed_meanwhile", _("文稿在别处已保存过新的内容，请先看最新内容。"))
    if title is not None:
        draft.title = _title(title)
    draft.version += 1
    draft.changed_at = at
    _apply(actor, draft, text)
    journal.record("draft.changed", actor=actor, at=at, subject=draft, label=kind_of(draft.kind).title)
    return draft


@transaction.atomic
def mend_draft(*, actor: Actor, at: datetime, draft_id: UUID, code: str) -> Draft:
    """This function will mend every fault of one code in a draft's text (one click beside the finding)."""
    draft = get_visible(policy.drafts_visible_to(actor), draft_id)
    mended = mend_record(draft.kind, {**draft.record, "title": draft.title}, code)
    title = mended.pop("title")
    return change_draft(actor=actor, at=at, draft_id=draft_id, title=title, record=mended)


@transaction.atomic
def reserve_draft_number(*, actor: Actor, at: datetime, draft_id: UUID) -> Draft:
    """This function will reserve the next number for a draft, so that it can be quoted before the signature."""
    draft = get_visible(policy.drafts_visible_to(actor), draft_id, lock=True)
    require(policy.can_change_draft(actor, draft))
    if draft.number is not None:
        raise WrongState("number_reserved", _("已经留号：%(number)s。") % {"number": draft.number.text})
    draft.number = take_number(actor=actor, at=at, campaign=draft.campaign, kind=draft.kind)
    draft.version += 1
    draft.save(update_fields=["number", "version"])
    journal.record("draft.changed", actor=actor, at=at, subject=draft, label=draft.number.text)
    return draft


@transaction.atomic
def discard_draft(*, actor: Actor, at: datetime, draft_id: UUID, reason: str) -> Draft:
    """This function will discard a draft; a number reserved for it is voided with the same reason.

    :raises Invalid: without a reason.
    """
    draft = get_visible(policy.drafts_visible_to(actor), draft_id, lock=True)
    require(policy.can_change_draft(actor, draft))
    require_reason(reason)
    workflow.move(draft, DRAFT_TRANSITIONS, "discard", changed_at=at)
    if draft.number is not None:
        void_number(actor=actor, at=at, number=draft.number, reason=reason)
    journal.record("draft.discarded", actor=actor, at=at, subject=draft, reason=reason)
    return draft


def _title(title: str) -> str:
    if not title.strip():
        raise Invalid("empty_title", _("请写标题。"), {"title": _("请写标题。")})
    return title.strip()[:200]


def _apply(actor: Actor, draft: Draft, text: Mapping[str, Any]) -> None:
    if "names" in text:
        draft.names = _names(text["names"])
    if "record" in text:
        draft.record = dict(text["record"])
    taken = [row["name"] for row in draft.names if row["name"] in draft.title]
    if taken:
        message = _("标题不出现个人姓名：%(names)s。") % {"names": "、".join(taken)}
        raise Invalid("name_in_title", message, {"title": message})
    check_shape(draft.kind, draft.record)
    allowed = {user.pk for user in queries.approvers_of(draft)}
    for name in ("reviewer", "signer"):
        if f"{name}_id" in text:
            chosen = text[f"{name}_id"]
            _require_person(draft, chosen, allowed, name)
            setattr(draft, f"{name}_id", chosen)
    draft.save()
    if "countersigner_ids" in text:
        _ask(draft, list(dict.fromkeys(text["countersigner_ids"])), allowed)
    for name in RECIPIENTS:
        if name in text:
            getattr(draft, name).set(_chosen(actor, draft, name, text[name]))


def _names(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    names = []
    for row in rows:
        name, post = str(row.get("name", "")).strip(), str(row.get("post", "")).strip()
        if set(row) - NAME_KEYS or len(name) < 2 or not post:
            message = _("姓名至少两个字，并写明对外称谓（岗位）。")
            raise Invalid("names_wrong", message, {"names": message})
        names.append({"name": name, "post": post, "may_be_named": bool(row.get("may_be_named"))})
    return names


def _require_person(draft: Draft, chosen: UUID | None, allowed: set[UUID], field: str) -> None:
    if chosen is None:
        return
    if chosen == draft.drafted_by_id:
        message = _("拟稿人不能核稿、会签或签发自己的文稿。")
    elif chosen not in allowed:
        message = _("这个人不在本专项，请重新选择。")
    else:
        return
    raise Invalid("wrong_person", message, {field: message})


def _ask(draft: Draft, chosen: Sequence[UUID], allowed: set[UUID]) -> None:
    for user_id in chosen:
        _require_person(draft, user_id, allowed, "countersigners")
    draft.countersignatures.all().delete()
    Countersignature.objects.bulk_create(
        [
            Countersignature(draft=draft, user_id=user_id, ordinal=ordinal)
            for ordinal, user_id in enumerate(chosen, start=1)
        ]
    )


def _chosen(actor: Actor, draft: Draft, name: str, ids: Iterable[UUID]) -> list[models.Model]:
    wanted = set(ids)
    rows: models.QuerySet[Any]
    if name.endswith("groups"):
        rows = RecipientGroup.objects.filter(campaign=draft.campaign, pk__in=wanted)
    else:
        inside = within(draft.campaign.area_path, field="path") | models.Q(pk=draft.campaign.headquarters_id)
        rows = Unit.objects.filter(inside, pk__in=wanted, is_active=True)
    found = list(rows)
    if len(found) != len(wanted):
        message = _("收文单位中有不在专项范围内的。")
        raise Invalid("unknown_recipient", message, {name: message})
    return found


@transaction.atomic
def save_group(
    *,
    actor: Actor,
    at: datetime,
    campaign_id: UUID,
    name: str,
    kinds: Iterable[str] = (),
    unit_ids: Iterable[UUID] = (),
    group_id: UUID | None = None,
) -> RecipientGroup:
    """This function will set up a recipient group or change it; it may stay empty, issuing to it then is refused.

    :raises Invalid: without a name, or with one that is taken.
    """
    campaign = get_visible(campaigns.campaigns_visible_to(actor), campaign_id)
    require(policy.can_draft(actor, campaign))
    name = name.strip()[:60]
    taken = RecipientGroup.objects.filter(campaign=campaign, name=name).exclude(pk=group_id)
    if not name or taken.exists():
        message = _("请写分组名称。") if not name else _("已有同名的分组。")
        raise Invalid("group_name", message, {"name": message})
    group = (
        get_visible(policy.groups_visible_to(actor).filter(campaign=campaign), group_id)
        if group_id
        else RecipientGroup(campaign=campaign)
    )
    group.name, group.kinds = name, sorted(set(kinds))
    group.save()
    units = Unit.objects.filter(within(campaign.area_path, field="path"), pk__in=set(unit_ids))
    group.units.set(units)
    journal.record("recipient_group.saved", actor=actor, at=at, subject=group)
    return group


@transaction.atomic
def remove_group(*, actor: Actor, at: datetime, group_id: UUID) -> None:
    """This function will remove a recipient group that no open draft uses."""
    group = get_visible(policy.groups_visible_to(actor).select_related("campaign"), group_id)
    require(policy.can_draft(actor, group.campaign))
    if drafting.is_used(group):
        raise WrongState("group_in_use", _("还有未签发的文稿用到这个分组。"))
    journal.record("recipient_group.removed", actor=actor, at=at, subject=group)
    group.delete()

"""Records of asking about, pleading in and meddling with a matter; written once, never changed (G-27)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.accountability import policy
from duban.accountability.models import MeddlingRecord
from duban.accountability.states import MeddlingKind
from duban.accountability.steps import words
from duban.campaigns.policy import campaigns_visible_to
from duban.kernel import journal
from duban.kernel.actor import Actor
from duban.kernel.errors import Invalid
from duban.kernel.loading import get_visible
from duban.rectification.progress import allow


@transaction.atomic
def record_meddling(
    *,
    actor: Actor,
    at: datetime,
    campaign_id: UUID,
    asker_label: str,
    kind: str,
    matter: str,
    content: str,
    answer: str,
    asked_at: datetime,
    case_id: UUID | None = None,
) -> MeddlingRecord:
    """This function will record who (by unit and post) asked about which matter, when, and what was answered.

    `case_id` links a case the actor sees; everybody else names the matter in words.
    """
    campaign = get_visible(campaigns_visible_to(actor), campaign_id)
    allow(policy.can_record_meddling(actor, campaign))
    given = words(
        asker_label=(asker_label, _("请写明来人、来电的单位和岗位。")),
        matter=(matter, _("请写明涉及的事项。")),
        content=(content, _("请写明打听、过问的内容。")), answer=(answer, _("请写明如何答复。")),
    )  # fmt: skip
    if kind not in MeddlingKind.values:
        raise Invalid("kind_unknown", fields={"kind": _("请选择情形。")})
    if asked_at > at:
        raise Invalid("asked_in_future", fields={"asked_at": _("时间不能晚于现在。")})
    case = get_visible(policy.files_visible_to(actor), case_id) if case_id else None
    row = MeddlingRecord.objects.create(
        campaign=campaign, case=case, area_path=case.area_path if case else campaign.area_path, kind=kind,
        asker_label=given["asker_label"][:120], matter=given["matter"][:200], content=given["content"],
        answer=given["answer"][:300], asked_at=asked_at, recorded_at=at, recorded_by_id=actor.user_id,
    )  # fmt: skip
    journal.record("meddling.recorded", actor=actor, at=at, subject=row, label=row.get_kind_display())
    return row

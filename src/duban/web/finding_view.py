"""What the page of a finding shows beside its fields: possible acts with reasons, photos, the history."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from duban.inspection import policy
from duban.inspection.models import Evidence, Finding
from duban.inspection.states import FINDING_TRANSITIONS, FindingState
from duban.kernel import journal
from duban.kernel.actor import Actor
from duban.kernel.errors import Text
from duban.kernel.policy import Decision, deny
from duban.kernel.workflow import can_move


@dataclass(frozen=True)
class Act:
    """One thing that may be done with a finding, or why not."""

    name: str
    label: Text
    url: str
    decision: Decision
    is_main: bool = False

    @property
    def is_allowed(self) -> bool:
        return bool(self.decision)

    @property
    def why(self) -> Text:
        return self.decision.message


def acts_of(actor: Actor, finding: Finding) -> list[Act]:
    """Return what fits the finding's state: allowed acts, and refused ones whose reason helps the reader."""
    table = (
        ("confirm", _("确认问题"), "confirm", policy.can_confirm_finding),
        ("verify", _("核验现场整改"), "verify_on_spot", policy.can_verify_on_spot),
        ("resubmit", _("补充后重新提交"), "resubmit", policy.can_resubmit_finding),
        ("return", _("退回补充"), "return", policy.can_return_finding),
        ("transfer", _("移送"), "transfer", policy.can_transfer_finding),
        ("withdraw", _("撤销问题"), "withdraw", policy.can_withdraw_finding),
    )
    found: list[Act] = []
    for name, label, action, can in table:
        if not can_move(finding.state, FINDING_TRANSITIONS, action):
            continue
        decision = can(actor, finding)
        if decision or name in ("confirm", "verify", "resubmit"):
            found.append(
                _act(name, label, finding, decision, is_main=name in ("confirm", "verify", "resubmit"))
            )
    found += _additions(actor, finding)
    return found


def _act(name: str, label: str, finding: Finding, decision: Decision, *, is_main: bool = False) -> Act:
    return Act(name, label, reverse(f"findings:{name}", args=[finding.pk]), decision, is_main)


def _additions(actor: Actor, finding: Finding) -> list[Act]:
    if finding.state == FindingState.WITHDRAWN:
        return []
    told = policy.can_tell_unit(actor, finding) if finding.told_at is None else deny("told")
    rows = (
        ("photos", _("添加照片"), policy.can_attach_evidence(actor, finding, "before")),
        ("told", _("记录当场说明"), told),
        ("support", _("提请协调"), policy.can_raise_support_request(actor, finding)),
    )
    return [_act(name, label, finding, decision) for name, label, decision in rows if decision]


def photo_view(photo: Evidence, finding: Finding) -> dict[str, Any]:
    """Return what the page shows of a photo; capture time and upload time stay apart."""
    return {
        "url": reverse("evidence:show", args=[photo.pk]),
        "thumbnail": reverse("evidence:thumbnail", args=[photo.pk]),
        "original_url": reverse("evidence:show", args=[photo.pk]),
        "alt": photo.caption or finding.site.name,
        "at": photo.taken_at or photo.uploaded_at,
        "taken_at": photo.taken_at,
        "uploaded_at": photo.uploaded_at,
        "sha256": photo.file.sha256,
        "phase": photo.phase,
        "phase_label": photo.get_phase_display(),
        "caption": photo.caption,
        "who": photo.uploaded_by_label,
        "covers": photo.cover_count,
    }


def timeline_of(subject: Any, is_inside: bool) -> list[dict[str, Any]]:
    """Return the journal of one thing for the timeline; the supervised side reads no inner history."""
    if not is_inside:
        return []
    return [
        {
            "at": event.at,
            "who": event.actor_label,
            "what": journal.VERBS.get(event.verb, event.verb),
            "note": event.reason,
        }
        for event in journal.events_of(subject)[:60]
    ]

"""Registering a finding, completing a returned one, and recording that the unit was told on the spot.

One finding is one fact at one site with one responsible unit (§4.1); its subject is a unit or a post, never a
citizen (G-1, S2-54).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from duban.campaigns.models import Category, Code, FindingTemplate, FocusArea, Measure, RuleItem
from duban.campaigns.states import CampaignState
from duban.campaigns.subject_rules import check_rule_items, citable
from duban.inspection import policy, replay, screening
from duban.inspection.models import Consequence, Finding, Line, Severity, Visit
from duban.inspection.operations.visits import journal_kept
from duban.inspection.responsibility import is_subject, line_of, responsible_unit
from duban.inspection.states import FINDING_TRANSITIONS, FindingState
from duban.kernel import clock, counters, journal, tally, workflow
from duban.kernel.actor import Actor
from duban.kernel.errors import Conflict, Denied, Invalid, WrongState
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.people.models import Post, SubjectClass
from duban.territory.models import Unit

REPORTING_FAULT = "reporting_fault"
REPORTED_KEYS = ("reported", "true", "reported_source", "true_source", "as_of")
SCREENED = ("fact", "requirement", "on_spot_note", "consequence_reason")
SHORTEST_FACT = 6
# A template leaves what only the site can tell in these brackets.
BLANK = re.compile(r"【[^】]*】")


@transaction.atomic
def register_finding(
    *,
    actor: Actor,
    at: datetime,
    visit_id: UUID,
    finding_id: UUID | None = None,
    template: str = "",
    category_id: UUID | None = None,
    fact: str = "",
    unit_id: UUID | None = None,
    post_id: UUID | None = None,
    subject_class: str | None = None,
    line: str = "",
    severity: str = "",
    consequence: str = Consequence.NONE,
    consequence_reason: str = "",
    found_at: datetime | None = None,
    told_at: datetime | None = None,
    is_on_spot: bool = False,
    on_spot_note: str = "",
    corrected_at: datetime | None = None,
    rule_item_ids: Sequence[UUID] | None = None,
    code_ids: Sequence[UUID] | None = None,
    requirement: str = "",
    citation: str = "",
    reported_figures: Mapping[str, Any] | None = None,
    measure_id: UUID | None = None,
    focus_area_id: UUID | None = None,
    check_item_name: str = "",
    screening_override: str = "",
) -> Finding:
    """This function will register one finding of a visit; `template` fills what is not given.

    `finding_id` may come from a device: the same id with the same content returns the finding already there.
    `subject_class` defaults to the post's, else to the organisation. `reported_figures` is needed with a code of the
    group `reporting_fault`: reported, true, reported_source, true_source, as_of.

    :raises Invalid: with one message per field; `personal_content` if the text names private numbers.
    :raises Conflict: the id belongs to other content.
    """
    given = {
        "visit": visit_id, "template": template, "category": category_id, "fact": fact, "unit": unit_id, "post": post_id,
        "subject_class": subject_class, "line": line, "severity": severity, "consequence": consequence,
        "consequence_reason": consequence_reason, "found_at": found_at, "is_on_spot": is_on_spot,
        "on_spot_note": on_spot_note, "requirement": requirement, "rules": set(rule_item_ids or ()),
        "codes": set(code_ids or ()), "citation": citation, "reported_figures": reported_figures,
    }  # fmt: skip
    content_digest = replay.digest(given)
    if earlier := replay.known(policy.findings_visible_to(actor), finding_id, content_digest):
        return earlier
    visit = get_visible(
        policy.visits_visible_to(actor).select_related(
            "campaign", "team", "site__territory_unit", "site__department_unit", "site__operator_unit"
        ),
        visit_id,
    )
    require(policy.can_register_finding(actor, visit))
    if visit.campaign.state != CampaignState.RUNNING:
        raise WrongState("campaign_not_running", _("专项监督未在进行中，不能登记问题。"))
    form = _template(visit, template)
    draft = Finding(
        campaign=visit.campaign, visit=visit, round_id=visit.round_id, team=visit.team, site=visit.site,
        area_path=visit.area_path, territory_unit=visit.site.territory_unit,
        department_unit=visit.site.department_unit, found_by_id=actor.user_id, entered_at=at, state_at=at,
        content_digest=content_digest, template=form.code if form else "", check_item_name=check_item_name,
        fact=fact.strip() or (form.fact if form else ""),
        requirement=requirement.strip() or (form.requirement if form else ""),
        severity=severity or (form.severity if form else ""), consequence=consequence,
        consequence_reason=consequence_reason.strip(), citation=citation.strip(),
        found_at=found_at or min(at, visit.left_at or at), told_at=told_at, is_on_spot=is_on_spot,
        on_spot_note=on_spot_note.strip(), corrected_at=corrected_at, measure_id=measure_id,
        focus_area_id=focus_area_id, reported_figures=dict(reported_figures) if reported_figures else None,
    )  # fmt: skip
    if finding_id:
        draft.pk = finding_id
    category = category_id or (form.category_id if form else None)
    codes, rules = _codes(visit, form, code_ids), _rules(visit, form, rule_item_ids)
    _set_subject(draft, visit, line or (form.line if form else ""), unit_id, post_id, subject_class)
    _require_whole(draft, visit, at, category, codes)
    if (
        rule_item_ids is None
    ):  # what the template proposes has to fit the subject; what a person chose is checked
        rules = citable(rules, draft.subject_class)
    check_rule_items(rules, draft.subject_class, draft.citation)
    _require_not_recused(actor, draft)
    kept = screening.require_clean(
        {name: getattr(draft, name) for name in SCREENED}, override=screening_override
    )
    if draft.is_on_spot and draft.corrected_at is None:
        draft.corrected_at = draft.found_at
    return _keep(actor, at, draft, content_digest, rules, codes, kept, screening_override)


def _keep(
    actor: Actor, at: datetime, draft: Finding, content_digest: str, rules: Sequence[RuleItem], codes: Sequence[Code],
    kept: Sequence[tuple[str, screening.Hit]], override: str,
) -> Finding:  # fmt: skip
    """Write the finding with its rules and codes and record it, unless the same sending was first."""
    finding = _insert(actor, draft, content_digest)
    if finding is not draft:
        return finding
    finding.rule_items.add(*rules)
    finding.codes.add(*codes)
    detail = {"site": draft.site.name, "fact": finding.fact}
    journal.record("finding.registered", actor=actor, at=at, subject=finding, detail=detail)
    journal_kept(actor, at, finding, kept, override)
    return finding


def _insert(actor: Actor, draft: Finding, content_digest: str) -> Finding:
    try:
        with transaction.atomic():
            draft.number = counters.take(f"finding:{draft.campaign_id}")
            draft.save(force_insert=True)
            tally.change(
                Finding.tally_topic, campaign_id=draft.campaign_id, path=draft.area_path, entered=draft.state
            )
    except IntegrityError:
        # The same device sent it twice at once: the other request was first.
        earlier = replay.known(policy.findings_visible_to(actor), draft.pk, content_digest)
        if earlier is None:
            raise Conflict() from None
        return earlier
    return draft


def _template(visit: Visit, code: str) -> FindingTemplate | None:
    if not code:
        return None
    found = FindingTemplate.objects.filter(pack=visit.campaign.pack, code=code, is_active=True).first()
    if found is None:
        raise Invalid("unknown_template", _("没有这条常用事实。"), {"template": _("请重新选择。")})
    return found


def _codes(visit: Visit, form: FindingTemplate | None, ids: Sequence[UUID] | None) -> list[Code]:
    rows = Code.objects.filter(pack=visit.campaign.pack)
    if ids is None:
        return list(rows.filter(code__in=form.behaviour_codes)) if form else []
    found = list(rows.filter(pk__in=list(ids)))
    if len(found) != len(set(ids)):
        raise Invalid("unknown_code", _("所选代码不存在。"), {"codes": _("请重新选择。")})
    return found


def _rules(visit: Visit, form: FindingTemplate | None, ids: Sequence[UUID] | None) -> list[RuleItem]:
    """Return the rule items given, or the template's (`rule set/item`) as far as they are in force for the campaign."""
    rows = RuleItem.objects.filter(rule_set__campaigns=visit.campaign).select_related("rule_set").distinct()
    if ids is not None:
        found = list(rows.filter(pk__in=list(ids)))
        if len(found) != len(set(ids)):
            message = _("所选条目不在本专项监督的规则内。")
            raise Invalid("unknown_rule_item", message, {"rule_items": message})
        return found
    wanted = set(form.rule_items) if form else set()
    if not wanted:
        return []
    rows = rows.filter(code__in={name.rpartition("/")[2] for name in wanted})
    items = [item for item in rows if f"{item.rule_set.code}/{item.code}" in wanted]
    # A template is a proposal: what may not be cited by itself is left for a person to choose.
    return [item for item in items if item.is_active and not item.needs_citation]


def _set_subject(
    draft: Finding,
    visit: Visit,
    line: str,
    unit_id: UUID | None,
    post_id: UUID | None,
    subject_class: str | None,
) -> None:
    """Fill the responsible unit, post, line and subject class (G-1)."""
    post = Post.objects.select_related("unit").filter(pk=post_id, is_active=True).first() if post_id else None
    if post_id and post is None:
        raise Invalid("unknown_post", _("没有这个岗位。"), {"post": _("请重新选择岗位。")})
    if unit_id is not None:
        unit = Unit.objects.filter(pk=unit_id, is_active=True).first()
        if unit is None or not unit.path.startswith(visit.campaign.area_path):
            message = _("责任单位不在专项监督范围内。")
            raise Invalid("unit_out_of_scope", message, {"unit": message})
    else:
        unit = post.unit if post else responsible_unit(visit.site, line or Line.UNIT)
    if post and not post.unit.path.startswith(unit.path):
        message = _("这个岗位不属于所选责任单位。")
        raise Invalid("post_of_other_unit", message, {"post": message})
    chosen = (
        subject_class
        if subject_class is not None
        else (post.subject_class if post else SubjectClass.ORGANISATION)
    )
    if not is_subject(chosen):
        message = _("监督对象只能是单位、班子或责任岗位，不能是群众。")
        raise Invalid("subject_class", message, {"subject_class": message})
    draft.unit, draft.post, draft.unit_path = unit, post, unit.path
    draft.subject_class = chosen
    draft.line = line or line_of(visit.site, unit.pk)


def _require_whole(
    draft: Finding, visit: Visit, at: datetime, category_id: UUID | None, codes: Sequence[Code]
) -> None:
    fields: dict[str, str] = {}
    if len(draft.fact) < SHORTEST_FACT:
        fields["fact"] = _("请写明时间、岗位、应做的和查到的（至少%(count)s个字）。") % {
            "count": SHORTEST_FACT
        }
    elif BLANK.search(draft.fact):
        fields["fact"] = _("【】中的内容须按现场填写。")
    category = (
        Category.objects.filter(pk=category_id, pack=visit.campaign.pack).first() if category_id else None
    )
    if category is None:
        fields["category"] = _("请选择类别。")
    if draft.line not in Line.values:
        fields["line"] = _("请选择责任线。")
    if draft.severity not in Severity.values:
        fields["severity"] = _("请选择程度。")
    if draft.consequence not in Consequence.values:
        fields["consequence"] = _("请选择后果。")
    elif draft.consequence != Consequence.NONE and not draft.consequence_reason:
        fields["consequence_reason"] = _("选择了后果，请写明依据。")
    fields |= _time_faults(draft, visit, at)
    if draft.is_on_spot and len(draft.on_spot_note) < 2:
        fields["on_spot_note"] = _("请写明现场是怎样改的。")
    for model, pk, name in (
        (Measure, draft.measure_id, "measure"),
        (FocusArea, draft.focus_area_id, "focus_area"),
    ):
        if pk and not model.objects.filter(pk=pk).exists():
            fields[name] = _("请重新选择。")
    fields |= _reporting_faults(draft.reported_figures, codes)
    if fields:
        raise Invalid(
            "finding_incomplete", _("有%(count)s处要改，内容都还在。") % {"count": len(fields)}, fields
        )
    draft.category = category  # type: ignore[assignment]


def _time_faults(draft: Finding, visit: Visit, at: datetime) -> dict[str, str]:
    fields: dict[str, str] = {}
    if draft.found_at > at:
        fields["found_at"] = _("发现时间不能晚于现在。")
    elif draft.found_at < visit.arrived_at:
        fields["found_at"] = _("发现时间须晚于到达时间%(time)s。") % {
            "time": clock.local(visit.arrived_at).strftime("%H:%M")
        }
    elif visit.left_at and draft.found_at > visit.left_at:
        fields["found_at"] = _("发现时间须早于离开时间%(time)s。") % {
            "time": clock.local(visit.left_at).strftime("%H:%M")
        }
    if draft.told_at and not draft.found_at <= draft.told_at <= at:
        fields["told_at"] = _("说明时间须在发现之后、现在之前。")
    if draft.corrected_at and not draft.found_at <= draft.corrected_at <= at:
        fields["corrected_at"] = _("整改时间须在发现之后、现在之前。")
    return fields


def _reporting_faults(figures: Mapping[str, Any] | None, codes: Sequence[Code]) -> dict[str, str]:
    """Return what is missing of the figures that a reporting fault (虚报、瞒报、漏报、迟报) needs (S0-61)."""
    if not any(code.group == REPORTING_FAULT for code in codes):
        return {}
    missing = [key for key in REPORTED_KEYS if not str((figures or {}).get(key, "")).strip()]
    if not missing:
        return {}
    return {"reported_figures": _("报送不实须填报送数、核实数、各自来源和数据时间。")}


def _require_not_recused(actor: Actor, draft: Finding) -> None:
    units = {draft.unit_id, draft.territory_unit_id, draft.department_unit_id}
    if units & actor.recused_unit_ids:
        raise Denied("recused", _("您已申报回避该单位，请由同组其他人员登记。"))


@transaction.atomic
def resubmit_finding(
    *,
    actor: Actor,
    at: datetime,
    finding_id: UUID,
    fact: str = "",
    requirement: str = "",
    severity: str = "",
    category_id: UUID | None = None,
    unit_id: UUID | None = None,
    line: str = "",
    on_spot_note: str = "",
    screening_override: str = "",
) -> Finding:
    """This function will send a completed finding back to the office; empty arguments leave the old content."""
    finding = get_visible(policy.findings_visible_to(actor), finding_id, lock=True)
    require(policy.can_resubmit_finding(actor, finding))
    before = {
        name: getattr(finding, name)
        for name in ("fact", "requirement", "severity", "line", "unit_id", "category_id")
    }
    visit = Visit.objects.select_related(
        "campaign", "site__territory_unit", "site__department_unit", "site__operator_unit"
    ).get(pk=finding.visit_id)
    finding.fact = fact.strip() or finding.fact
    finding.requirement = requirement.strip() or finding.requirement
    finding.severity = severity or finding.severity
    finding.on_spot_note = on_spot_note.strip() or finding.on_spot_note
    new_unit = unit_id or finding.unit_id
    moved = new_unit != finding.unit_id
    new_line = line or ("" if moved else finding.line)
    _set_subject(
        finding, visit, new_line, new_unit, None if moved else finding.post_id, finding.subject_class
    )
    _require_whole(finding, visit, at, category_id or finding.category_id, list(finding.codes.all()))
    _require_not_recused(actor, finding)
    check_rule_items(finding.rule_items.all(), finding.subject_class, finding.citation)
    kept = screening.require_clean(
        {name: getattr(finding, name) for name in SCREENED}, override=screening_override
    )
    changes = {
        name: getattr(finding, name)
        for name in (
            "fact",
            "requirement",
            "severity",
            "on_spot_note",
            "line",
            "unit_id",
            "unit_path",
            "post_id",
            "category_id",
        )
    }
    workflow.move(finding, FINDING_TRANSITIONS, "resubmit", state_at=at, **changes)
    after = {name: getattr(finding, name) for name in before}
    journal.record(
        "finding.resubmitted", actor=actor, at=at, subject=finding, detail={"before": before, "after": after}
    )
    journal_kept(actor, at, finding, kept, screening_override)
    return finding


@transaction.atomic
def tell_unit(*, actor: Actor, at: datetime, finding_id: UUID, told_at: datetime | None = None) -> Finding:
    """This function will record when the post on duty was told of the finding (当日通报); a second time changes nothing.

    :raises Invalid: if the time lies before the finding or in the future.
    """
    finding = get_visible(policy.findings_visible_to(actor), finding_id, lock=True)
    require(policy.can_tell_unit(actor, finding))
    if finding.told_at is not None:
        return finding
    if finding.state == FindingState.WITHDRAWN:
        raise WrongState()
    moment = told_at or at
    if not finding.found_at <= moment <= at:
        raise Invalid("told_at", _("说明时间须在发现之后、现在之前。"), {"told_at": _("请改时间。")})
    Finding.objects.filter(pk=finding.pk, told_at=None).update(told_at=moment)
    finding.told_at = moment
    journal.record("finding.told", actor=actor, at=at, subject=finding)
    return finding

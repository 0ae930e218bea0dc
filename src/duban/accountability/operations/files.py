"""Opening a case and writing its substance: facts, basis, double check, new facts, withdrawal."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.accountability import measures as forms
from duban.accountability import policy
from duban.accountability.limits import was_valid
from duban.accountability.models import AccountabilityCase, Examination, NewFacts, Proposal
from duban.accountability.states import (
    CASE_TRANSITIONS,
    BasisKind,
    ExaminedLine,
    Responsibility,
    SubjectKind,
)
from duban.accountability.steps import load_case, load_unit, not_later, record, took_part, words
from duban.campaigns.models import Provision
from duban.inspection.models import Consequence
from duban.kernel import clock, counters, workflow
from duban.kernel.actor import Actor
from duban.kernel.errors import Conflict, Invalid, NotFound
from duban.kernel.loading import get_visible
from duban.people.actors import actor_for
from duban.people.models import Post, User
from duban.rectification.models import TraceBack
from duban.rectification.policy import trace_backs_visible_to
from duban.rectification.progress import allow


@transaction.atomic
def open_case(
    *,
    actor: Actor,
    at: datetime,
    trace_back_id: UUID,
    unit_id: UUID,
    act_on: date,
    post_id: UUID | None = None,
    handler_id: UUID | None = None,
    facts: str = "",
) -> AccountabilityCase:
    """This function will open a case about a unit or a post on the chain of an opened trace-back.

    The handler is the opener unless somebody else of the office is named.

    :raises Invalid: for a subject that is not on the chain or an act in the future.
    :raises Conflict: if the subject has an open case from this trace-back.
    """
    rows = trace_backs_visible_to(actor).select_related("campaign", "finding")
    trace_back = get_visible(rows, trace_back_id, lock=True)
    unit = load_unit(unit_id)
    allow(policy.can_open_case(actor, trace_back, unit.pk))
    post = _subject_post(post_id, unit.pk)
    if unit.pk not in {trace_back.finding.unit_id, *trace_back.nodes.values_list("unit_id", flat=True)}:
        raise Invalid("not_on_chain", fields={"unit": _("只能对责任倒查链条上的单位或其岗位启动。")})
    not_later(act_on, at, "act_on")
    _refuse_twin(trace_back, unit.pk, post)
    case = AccountabilityCase(
        campaign=trace_back.campaign, trace_back=trace_back, unit=unit, post=post, area_path=unit.path,
        subject_kind=SubjectKind.POST if post else SubjectKind.ORGANISATION, opened_at=at,
        opened_by_id=actor.user_id, handler_id=handler_id or actor.user_id, act_on=act_on,
        facts=facts.strip(), number_text=_number(trace_back, at),
    )  # fmt: skip
    if handler_id:
        _check_handler(case, handler_id, at)
    case.save(force_insert=True)
    took_part(case, actor)
    case.handlers.add(case.handler_id)
    record("accountability.opened", actor=actor, at=at, case=case)
    return case


@transaction.atomic
def hand_over_case(
    *, actor: Actor, at: datetime, case_id: UUID, handler_id: UUID, reason: str
) -> AccountabilityCase:
    """This function will name another handler; the earlier one stays among those who handled it."""
    case = load_case(actor, case_id)
    allow(policy.can_hand_over_case(actor, case))
    reason = words(reason=(reason, _("请写明理由。")))["reason"]
    _check_handler(case, handler_id, at)
    case.handler_id = handler_id
    case.save(update_fields=["handler"])
    case.handlers.add(handler_id)
    took_part(case, actor)
    record("accountability.handed_over", actor=actor, at=at, case=case, reason=reason)
    return case


@transaction.atomic
def read_case_file(*, actor: Actor, at: datetime, case_id: UUID) -> AccountabilityCase:
    """This function will open the whole file and leave a trace of it in the journal (G-27)."""
    case = get_visible(policy.files_visible_to(actor), case_id)
    allow(policy.can_read_file(actor, case))
    record("accountability.read", actor=actor, at=at, case=case)
    return case


@transaction.atomic
def change_case(
    *,
    actor: Actor,
    at: datetime,
    case_id: UUID,
    facts: str,
    provision_id: UUID | None,
    basis_kind: str,
    responsibility: str,
    act_on: date | None = None,
    consequence: str = Consequence.NONE,
    consequence_reason: str = "",
) -> AccountabilityCase:
    """This function will write facts, basis, responsibility kind and consequence (S1-41…43).

    Facts that were told stay as they are: what is found later is added by `add_new_facts`.

    :raises Invalid: for a provision whose version was not valid on the date of the act.
    """
    case = load_case(actor, case_id)
    allow(policy.can_change_case(actor, case))
    act_on = not_later(act_on or case.act_on, at, "act_on")
    provision = _provision(provision_id, act_on)
    unknown = {}
    if basis_kind and basis_kind not in BasisKind.values:
        unknown["basis_kind"] = _("请选择依规、依纪或依法。")
    if responsibility and responsibility not in Responsibility.values:
        unknown["responsibility"] = _("请选择责任类型。")
    if consequence not in Consequence.values:
        unknown["consequence"] = _("请选择后果程度。")
    if case.told_on and facts.strip() != case.facts:
        unknown["facts"] = _("事实已告知对象，不能改写。另有发现的，请补充新事实。")
    if unknown:
        raise Invalid("case_invalid", fields=unknown)
    case.facts, case.provision, case.act_on = facts.strip(), provision, act_on
    case.basis_kind, case.responsibility, case.consequence = basis_kind, responsibility, consequence
    case.consequence_reason = consequence_reason.strip()[:300]
    case.save(
        update_fields=[
            "facts", "provision", "act_on", "basis_kind", "responsibility", "consequence",
            "consequence_reason",
        ]
    )  # fmt: skip
    took_part(case, actor)
    record("accountability.changed", actor=actor, at=at, case=case)
    return case


@transaction.atomic
def examine_line(
    *, actor: Actor, at: datetime, case_id: UUID, line: str, is_responsible: bool, result: str
) -> Examination:
    """This function will record what was found on one line of responsibility, “无” included (S3-49)."""
    case = load_case(actor, case_id)
    allow(policy.can_examine_line(actor, case))
    if line not in ExaminedLine.values:
        raise Invalid("line_unknown", fields={"line": _("请选择责任层级。")})
    result = words(result=(result, _("请写明查了哪些岗位、结论和理由，没有责任的写“无”和理由。")))["result"]
    examination, _created = Examination.objects.update_or_create(
        case=case, line=line,
        defaults={
            "is_responsible": is_responsible, "result": result[:300], "examined_at": at,
            "examined_by_id": actor.user_id,
        },
    )  # fmt: skip
    took_part(case, actor)
    record("accountability.examined", actor=actor, at=at, case=case, line=line, is_responsible=is_responsible)
    return examination


@transaction.atomic
def add_new_facts(
    *,
    actor: Actor,
    at: datetime,
    case_id: UUID,
    facts: str,
    measures: list[str] | None = None,
    reasons: str = "",
) -> NewFacts:
    """This function will add facts found after a defence and lead back to telling and hearing (G-21).

    Only here may the measure in mind become heavier; the subject has to be told and heard again.
    """
    case = load_case(actor, case_id)
    allow(policy.can_add_new_facts(actor, case))
    facts = words(facts=(facts, _("请写明新查明的事实。")))["facts"]
    last = case.proposals.order_by("-sequence").first()
    if measures is not None and last is not None:
        Proposal.objects.create(
            case=case, sequence=last.sequence + 1, is_told=True, to_body_id=last.to_body_id, proposed_at=at,
            measures=forms.chosen(case.subject_kind, measures), proposed_by_id=actor.user_id,
            reasons=words(reasons=(reasons, _("请写明调整拟处理意见的理由。")))["reasons"],
        )  # fmt: skip
    added = NewFacts.objects.create(case=case, text=facts, added_at=at, added_by_id=actor.user_id)
    workflow.move(case, CASE_TRANSITIONS, "add_new_facts", told_on=None)
    took_part(case, actor)
    record("accountability.new_facts_added", actor=actor, at=at, case=case)
    return added


@transaction.atomic
def withdraw_case(*, actor: Actor, at: datetime, case_id: UUID, reason: str) -> AccountabilityCase:
    """This function will withdraw a matter before a decision, with reasons."""
    case = load_case(actor, case_id)
    allow(policy.can_withdraw_case(actor, case))
    reason = words(reason=(reason, _("请写明撤销的理由。")))["reason"]
    workflow.move(
        case, CASE_TRANSITIONS, "withdraw", withdrawn_at=at, withdrawal_reason=reason[:300]
    )  # fmt: skip
    took_part(case, actor)
    record("accountability.withdrawn", actor=actor, at=at, case=case, reason=reason)
    return case


def _number(trace_back: TraceBack, at: datetime) -> str:
    year = clock.local_day(at).year
    serial = counters.take(f"accountability:{trace_back.campaign_id}:{year}")
    return f"{trace_back.campaign.code}-问责〔{year}〕{serial}号"[-60:]


def _subject_post(post_id: UUID | None, unit_id: UUID) -> Post | None:
    if post_id is None:
        return None
    post = Post.objects.filter(pk=post_id, unit_id=unit_id).first()
    if post is None:
        raise Invalid("post_of_other_unit", fields={"post": _("岗位不属于所选单位。")})
    return post


def _refuse_twin(trace_back: TraceBack, unit_id: UUID, post: Post | None) -> None:
    twins = trace_back.accountability_cases.exclude(state="withdrawn").filter(unit_id=unit_id, post=post)
    if twins.exists():
        raise Conflict("case_exists", _("该对象已有由本次责任倒查启动的问责事项。"))


def _check_handler(case: AccountabilityCase, handler_id: UUID, at: datetime) -> None:
    user = User.objects.filter(pk=handler_id, is_active=True).first()
    if user is None:
        raise NotFound()
    decision = policy.can_handle(actor_for(user, at=at), case)
    if not decision:
        raise Invalid("handler_unfit", fields={"handler": decision.message})


def _provision(provision_id: UUID | None, act_on: date) -> Provision | None:
    if provision_id is None:
        return None
    provision = Provision.objects.select_related("version__instrument").filter(pk=provision_id).first()
    if provision is None:
        raise NotFound()
    if not was_valid(provision.version, act_on):
        sentence = _("%(title)s%(version)s在%(day)s不是有效版本，不能作为依据。") % {
            "title": provision.version.instrument.title,
            "version": provision.version.label,
            "day": act_on.isoformat(),
        }
        raise Invalid("basis_not_valid", sentence, {"provision": sentence})
    return provision

"""The steps of an accountability case as one table: word, form, policy, operation. One view for all."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from duban.accountability import completeness, policy, queries
from duban.accountability import operations as accountability
from duban.accountability.models import AccountabilityCase
from duban.accountability.states import BEFORE_DECISION
from duban.kernel.errors import Denied, NotFound, WrongState
from duban.kernel.loading import get_visible
from duban.kernel.policy import Decision, deny, require
from duban.rectification.policy import STATE_NOW
from duban.web.forms import accountability as forms
from duban.web.pages import said, staff_page
from duban.web.views.order_parts import attempt

ABSENT = deny(STATE_NOW)


@dataclass(frozen=True)
class Act:
    """One step: address, words, form, policy and operation with the row they are asked of."""

    name: str
    verb: str | Promise
    form: type[forms.StepForm]
    can: Callable[..., Decision]
    run: Callable[..., Any]
    key: str = "case_id"
    about: str | Promise = ""
    is_danger: bool = False

    def subject(self, case: AccountabilityCase) -> Any:
        """Return the row the policy asks about: the case, or what hangs on it; None if it is not there."""
        if self.key in ("case_id", ""):
            return case
        return getattr(case, self.key.removesuffix("_id"), None)

    def allowed(self, request: HttpRequest, case: AccountabilityCase) -> Decision:
        """Return the policy's answer."""
        subject = self.subject(case)
        return self.can(request.actor, subject) if subject is not None else ABSENT


def _can_check_any(actor: Any, tolerance: Any) -> Decision:
    """Test whether a correction is left to check."""
    for item in tolerance.corrections.all():
        item.tolerance = tolerance
        if decision := policy.can_check_correction(actor, item):
            return decision
    return ABSENT


def _can_hear(actor: Any, case: AccountabilityCase) -> Decision:
    """Test whether the hearing may be recorded; without telling there is nothing to hear."""
    return policy.can_hear_defence(actor, case) if case.told_on else ABSENT


def _can_apply(actor: Any, case: AccountabilityCase) -> Decision:
    return ABSENT if hasattr(case, "tolerance") else policy.can_apply_for_tolerance(actor, case)


def _can_appeal(actor: Any, case: AccountabilityCase) -> Decision:
    return ABSENT if hasattr(case, "appeal") else policy.can_file_appeal(actor, case)


def _check_correction(*, tolerance_id: UUID, **given: Any) -> Any:
    return accountability.check_correction(**given)


A = accountability
ACTS = [
    Act("change", _("写明事实和依据"), forms.SubstanceStep, policy.can_change_case, A.change_case),
    Act("examine", _("记录责任双查"), forms.ExamineStep, policy.can_examine_line, A.examine_line,
        about=_("直接责任和领导责任都要有结论，没有的写“无”。")),
    Act("distinctions", _("回答“三个区分开来”"), forms.DistinctionsStep, policy.can_answer_distinctions,
        A.answer_distinctions, about=_("三问都要回答并写明理由。")),
    Act("consider", _("记录容错考量"), forms.ConsiderStep, policy.can_consider_tolerance,
        A.consider_tolerance),
    Act("tell", _("告知对象"), forms.TellStep, policy.can_tell_subject, A.tell_subject,
        about=_("告知事实、依据和拟处理意见。此后的处理不得因申辩加重。")),
    Act("hear", _("记录陈述申辩"), forms.DefenceStep, _can_hear, A.hear_defence,
        about=_("放弃的也要记录。")),
    Act("new-facts", _("补充新事实"), forms.NewFactsStep, policy.can_add_new_facts, A.add_new_facts,
        about=_("补充后须重新告知并听取申辩。")),
    Act("propose", _("提出处理建议"), forms.ProposeStep, policy.can_propose_measures, A.propose_measures,
        about=_("建议提请有权的组织集体决定，系统不作决定。")),
    Act("decide", _("记录集体决定"), forms.DecisionStep, policy.can_record_decision, A.record_decision),
    Act("deliver", _("记录送达"), forms.DeliveryStep, policy.can_deliver_decision, A.deliver_decision),
    Act("conclude", _("办结问责事项"), forms.ConcludeStep, policy.can_conclude_case, A.conclude_case),
    Act("apply", _("申请容错"), forms.ApplyStep, _can_apply, A.apply_for_tolerance,
        about=_("容错后仍须纠错。")),
    Act("accept", _("受理容错申请"), forms.ReasonStep, policy.can_accept_tolerance, A.accept_tolerance,
        "tolerance_id"),
    Act("decline", _("不予受理容错申请"), forms.ReasonStep, policy.can_decline_tolerance, A.decline_tolerance,
        "tolerance_id", is_danger=True),
    Act("verify", _("记录容错核实"), forms.VerifyStep, policy.can_verify_tolerance, A.verify_tolerance,
        "tolerance_id", _("六项因素逐项写明，七种排除情形逐项核对。")),
    Act("determine", _("记录容错认定"), forms.DetermineStep, policy.can_determine_tolerance,
        A.determine_tolerance, "tolerance_id", _("集体认定。容错的须列出纠错事项和期限。")),
    Act("told", _("记录容错反馈"), forms.ToldStep, policy.can_tell_tolerance, A.tell_tolerance,
        "tolerance_id"),
    Act("correct", _("核查纠错事项"), forms.CorrectionStep, _can_check_any, _check_correction,
        "tolerance_id"),
    Act("close", _("办结容错纠错"), forms.EmptyForm, policy.can_close_tolerance, A.close_tolerance,
        "tolerance_id", _("所有纠错事项核查完成后办结。")),
    Act("appeal", _("提出申诉"), forms.AppealStep, _can_appeal, A.file_appeal,
        about=_("申诉期间不停止决定的执行，不因申诉加重问责。")),
    Act("reviewer", _("确定申诉审查人"), forms.ReviewerStep, policy.can_assign_reviewer, A.assign_reviewer,
        "appeal_id"),
    Act("review", _("记录申诉审查结果"), forms.AppealDecisionStep, policy.can_decide_appeal, A.decide_appeal,
        "appeal_id", _("只能维持、减轻或撤销。")),
    Act("publish-draft", _("拟公开稿"), forms.PublicationStep, policy.can_draft_publication,
        A.draft_publication),
    Act("legal-check", _("记录法制核对"), forms.LegalCheckStep, policy.can_check_publication,
        A.check_publication, "publication_id"),
    Act("publish", _("公开问责结果"), forms.EmptyForm, policy.can_publish_decision, A.publish_decision,
        "publication_id", _("公开一年后自动撤下。")),
    Act("unpublish", _("撤下公开内容"), forms.ReasonStep, policy.can_remove_publication, A.remove_publication,
        "publication_id", is_danger=True),
    Act("hand-over", _("调整经办人"), forms.HandOverStep, policy.can_hand_over_case, A.hand_over_case),
    Act("withdraw", _("撤销问责事项"), forms.ReasonStep, policy.can_withdraw_case, A.withdraw_case,
        is_danger=True),
]  # fmt: skip
FILLED_BY = {
    **dict.fromkeys(("facts", "basis", "basis_version", "responsibility", "consequence"), ("change",)),
    "examinations": ("examine",), "told": ("tell",), "defence": ("hear",), "distinctions": ("distinctions",),
    "tolerance": ("consider",), "tolerance_result": ("apply", "accept", "verify", "determine"),
    "proposal": ("propose",),
}  # fmt: skip
AFTERWARDS: dict[str, tuple[str, ...]] = {
    "decided": ("deliver",), "delivered": ("appeal",), "appealed": ("reviewer", "review"),
    "effective": ("conclude",),
}  # fmt: skip
BY_NAME = {act.name: act for act in ACTS}


@staff_page
def take_step(request: HttpRequest, pk: UUID, name: str) -> HttpResponse:
    """Show the form of one step, or take the step."""
    act = BY_NAME[name]
    case = get_visible(queries.case_file(request.actor).filter(campaign=request.campaign), pk)
    subject = _open_to(act, request, case)
    form = act.form(request.POST if request.method == "POST" else None, case=case, request=request)
    if request.method == "POST":
        done = attempt(form, lambda: _run(act, request, subject, form))
        if done is not None:
            said(request, _("%(number)s：已%(verb)s。") % {"number": case, "verb": act.verb})
            return redirect("accountability:show", pk)
    return render(
        request, "accountability/act.html", _context(act, case, form), status=422 if form.is_bound else 200
    )


def open_acts(request: HttpRequest, case: AccountabilityCase) -> list[dict[str, Any]]:
    """Return the steps the actor may take now, in order; the one that leads on is the main one."""
    following = _next_step(case)
    return [
        {
            "name": act.name, "verb": act.verb, "is_danger": act.is_danger, "is_main": act.name in following,
            "url": reverse(f"accountability:{act.name}", args=[case.pk]),
        }
        for act in ACTS
        if act.allowed(request, case)
    ]  # fmt: skip


def _next_step(case: AccountabilityCase) -> tuple[str, ...]:
    """Return the step that leads on: what is missing first, then the decision and what follows it."""
    if case.state not in BEFORE_DECISION:
        return AFTERWARDS.get(case.state, ())
    lacking = completeness.missing(case)
    return FILLED_BY[next(iter(lacking))] if lacking else ("decide",)


def _open_to(act: Act, request: HttpRequest, case: AccountabilityCase) -> Any:
    """Return the row of a step that may be taken now; say why where it may not."""
    decision = act.allowed(request, case)
    if decision is ABSENT or decision.reason == STATE_NOW:
        raise WrongState()
    if decision.reason == "not_handler" and case.unit_id in policy.liaison_unit_ids(request.actor):
        raise NotFound()
    require(decision)
    subject = act.subject(case)
    if subject is None:
        raise Denied()
    return subject


def _run(act: Act, request: HttpRequest, subject: Any, form: forms.StepForm) -> Any:
    key = act.key or "case_id"
    return act.run(actor=request.actor, at=request.at, **{key: subject.pk}, **form.answer())


def _context(act: Act, case: AccountabilityCase, form: forms.StepForm) -> dict[str, Any]:
    is_deciding = act.name == "decide" and case.state in BEFORE_DECISION
    return {
        "act": act, "case": case, "form": form, "fields": form.shown(),
        "missing": completeness.missing(case) if is_deciding else {},
    }  # fmt: skip

"""What a decision still lacks (G-20): every missing part has a name, so that a person knows what to do next.

Reads the case with its rows; decides nothing.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from duban.accountability.limits import was_valid
from duban.accountability.models import AccountabilityCase
from duban.accountability.states import (
    REQUIRED_LINES,
    TOLERANCE_SETTLED,
    CaseState,
    Distinction,
    ToleranceChoice,
    ToleranceState,
)
from duban.inspection.models import Consequence

PARTS: dict[str, str | Promise] = {
    "facts": _("事实未写明。"),
    "basis": _("依据未选定，或未注明依规、依纪、依法。"),
    "basis_version": _("所引条款的版本在行为发生日不是有效版本。"),
    "responsibility": _("责任类型未选定。"),
    "consequence": _("后果程度须写明理由。"),
    "examinations": _("一案双查：直接责任、领导责任须都有结论，没有的写“无”。"),
    "told": _("事实、依据和拟处理意见未告知对象。"),
    "defence": _("未听取陈述和申辩，也没有放弃的记录。"),
    "distinctions": _("“三个区分开来”三问未答完。"),
    "tolerance": _("未记录容错考量：启动，或不启动及理由。"),
    "tolerance_result": _("容错已启动，尚未认定。"),
    "proposal": _("听取申辩后尚未提出处理建议。"),
}


def missing(case: AccountabilityCase) -> dict[str, str | Promise]:
    """Return the parts of G-20 the case lacks, in the order of the procedure; empty when complete."""
    lacking = [*_substance(case), *_hearing(case), *_tolerance(case)]
    if case.state != CaseState.PROPOSED:
        lacking.append("proposal")
    return {part: PARTS[part] for part in lacking}


def _substance(case: AccountabilityCase) -> list[str]:
    lacking = []
    if not case.facts.strip():
        lacking.append("facts")
    if case.provision is None or not case.basis_kind:
        lacking.append("basis")
    elif not was_valid(case.provision.version, case.act_on):
        lacking.append("basis_version")
    if not case.responsibility:
        lacking.append("responsibility")
    if case.consequence != Consequence.NONE and not case.consequence_reason.strip():
        lacking.append("consequence")
    if not set(REQUIRED_LINES) <= {row.line for row in case.examinations.all()}:
        lacking.append("examinations")
    return lacking


def _hearing(case: AccountabilityCase) -> list[str]:
    lacking = [] if case.told_on else ["told"]
    is_heard = case.state in (CaseState.STATED, CaseState.PROPOSED) and case.defences.all()
    return lacking if is_heard else [*lacking, "defence"]


def _tolerance(case: AccountabilityCase) -> list[str]:
    lacking = []
    if {row.distinction for row in case.distinctions.all()} != set(Distinction.values):
        lacking.append("distinctions")
    tolerance = getattr(case, "tolerance", None)
    if not case.tolerance_choice or not case.tolerance_reason.strip():
        lacking.append("tolerance")
    elif case.tolerance_choice == ToleranceChoice.OPENED:
        settled = set(TOLERANCE_SETTLED) - {ToleranceState.DECLINED}
        if tolerance is None or tolerance.state not in settled:
            lacking.append("tolerance_result")
    elif tolerance is not None and tolerance.state != ToleranceState.DECLINED:
        lacking.append("tolerance_result")
    return lacking

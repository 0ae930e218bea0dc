"""Life of a visit, of a finding (问题) and of a team's daily sheet (DOMAIN §2.10), readable by a lawyer.

The finding carries the state of the problem through the whole loop; rectification moves it by this same table.
Lateness (逾期 → 催办 → 提级 → 责任倒查) is a ladder beside the state: a late problem can still be answered.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

Table = dict[str, tuple[tuple[str, ...], str]]


class VisitState(models.TextChoices):
    OPEN = "open", _("进行中")
    SUBMITTED = "submitted", _("已提交")
    WITHDRAWN = "withdrawn", _("已撤销")


VISIT_TRANSITIONS: Table = {
    "submit": ((VisitState.OPEN,), VisitState.SUBMITTED),
    "withdraw": ((VisitState.OPEN, VisitState.SUBMITTED), VisitState.WITHDRAWN),
}


class SubmissionState(models.TextChoices):
    APPLIED = "applied", _("已入账")
    HELD = "held", _("待专班处理")
    DISCARDED = "discarded", _("不予采用")


SUBMISSION_TRANSITIONS: Table = {
    "accept": ((SubmissionState.HELD,), SubmissionState.APPLIED),
    "discard": ((SubmissionState.HELD,), SubmissionState.DISCARDED),
}


class FindingState(models.TextChoices):
    REGISTERED = "registered", _("待确认")
    RETURNED = "returned", _("退回补充")
    CONFIRMED = "confirmed", _("已确认")
    ON_SPOT = "on_spot", _("现场整改")
    ORDERED = "ordered", _("待签收")
    RECTIFYING = "rectifying", _("整改中")
    FED_BACK = "fed_back", _("待核验")
    WRITTEN_OFF = "written_off", _("已销号")
    DISPUTED = "disputed", _("有异议")
    REFERRED = "referred", _("转行业主管")
    TRANSFERRED = "transferred", _("已移送")
    WITHDRAWN = "withdrawn", _("已撤销")


S = FindingState
FINDING_TRANSITIONS: Table = {
    "return": ((S.REGISTERED,), S.RETURNED),
    "resubmit": ((S.RETURNED,), S.REGISTERED),
    "confirm": ((S.REGISTERED,), S.CONFIRMED),
    "confirm_on_spot": ((S.REGISTERED,), S.ON_SPOT),
    "verify_on_spot": ((S.ON_SPOT,), S.WRITTEN_OFF),
    "refute_on_spot": ((S.ON_SPOT,), S.CONFIRMED),
    "order": ((S.CONFIRMED,), S.ORDERED),
    "receive": ((S.ORDERED,), S.RECTIFYING),
    "feed_back": ((S.ORDERED, S.RECTIFYING), S.FED_BACK),
    "send_back": ((S.FED_BACK,), S.RECTIFYING),
    "write_off": ((S.FED_BACK,), S.WRITTEN_OFF),
    "reopen": ((S.WRITTEN_OFF,), S.RECTIFYING),
    "dispute": ((S.ORDERED, S.RECTIFYING), S.DISPUTED),
    "reject_dispute": ((S.DISPUTED,), S.RECTIFYING),
    "uphold_dispute": ((S.DISPUTED,), S.WITHDRAWN),
    "recall_order": ((S.ORDERED, S.RECTIFYING), S.CONFIRMED),
    "refer": ((S.CONFIRMED,), S.REFERRED),
    "close_referral": ((S.REFERRED,), S.WRITTEN_OFF),
    "transfer": ((S.CONFIRMED,), S.TRANSFERRED),
    "withdraw": ((S.REGISTERED, S.RETURNED, S.CONFIRMED, S.ON_SPOT), S.WITHDRAWN),
}
OPEN_STATES = (
    S.REGISTERED, S.RETURNED, S.CONFIRMED, S.ON_SPOT, S.ORDERED, S.RECTIFYING, S.FED_BACK, S.DISPUTED, S.REFERRED,
)  # fmt: skip
COUNTED_STATES = tuple(state for state in S if state not in (S.WITHDRAWN, S.REGISTERED, S.RETURNED))
WAITING_ON_UNIT = (S.ORDERED, S.RECTIFYING)


class Lateness(models.TextChoices):
    NONE = "", _("未逾期")
    OVERDUE = "overdue", _("逾期")
    URGED = "urged", _("已催办")
    ESCALATED = "escalated", _("已提级")
    TRACED = "traced", _("已提请责任倒查")


LATENESS_TRANSITIONS: Table = {
    "fall_overdue": ((Lateness.NONE,), Lateness.OVERDUE),
    "urge": ((Lateness.OVERDUE,), Lateness.URGED),
    "escalate": ((Lateness.URGED,), Lateness.ESCALATED),
    "flag_trace_back": ((Lateness.ESCALATED,), Lateness.TRACED),
    "clear": ((Lateness.OVERDUE, Lateness.URGED, Lateness.ESCALATED, Lateness.TRACED), Lateness.NONE),
}


class SheetState(models.TextChoices):
    OPEN = "open", _("未报")
    SUBMITTED = "submitted", _("已报")
    LOCKED = "locked", _("已锁定")


SHEET_TRANSITIONS: Table = {
    "submit": ((SheetState.OPEN,), SheetState.SUBMITTED),
    "lock": ((SheetState.OPEN, SheetState.SUBMITTED), SheetState.LOCKED),
}


class SupportState(models.TextChoices):
    OPEN = "open", _("待协调")
    ANSWERED = "answered", _("已答复")


SUPPORT_TRANSITIONS: Table = {"answer": ((SupportState.OPEN,), SupportState.ANSWERED)}

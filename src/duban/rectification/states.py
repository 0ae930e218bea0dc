"""Life of a work order, a plan request, a dispute, a referral and a common problem (DOMAIN §2.10, S2-26…42).

The state of each problem on an order is the finding's own (inspection.states); the order's state sums it up.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

Table = dict[str, tuple[tuple[str, ...], str]]


class OrderState(models.TextChoices):
    DRAFT = "draft", _("待签发")
    ISSUED = "issued", _("待签收")
    RECEIVED = "received", _("整改中")
    REPLIED = "replied", _("待核验")
    CLOSED = "closed", _("已销号")
    VOIDED = "voided", _("已作废")


# Only on these can an item wait on the unit.
WITH_THE_UNIT = (OrderState.ISSUED, OrderState.RECEIVED, OrderState.REPLIED)

O = OrderState  # noqa: E741
ORDER_TRANSITIONS: Table = {
    "issue": ((O.DRAFT,), O.ISSUED),
    "change": ((O.DRAFT,), O.DRAFT),
    "discard": ((O.DRAFT,), O.VOIDED),
    "receive": ((O.ISSUED,), O.RECEIVED),
    "reply": ((O.ISSUED, O.RECEIVED), O.REPLIED),
    "send_back": ((O.REPLIED, O.CLOSED), O.RECEIVED),
    "close": ((O.ISSUED, O.RECEIVED, O.REPLIED), O.CLOSED),
    "void": ((O.ISSUED, O.RECEIVED), O.VOIDED),
}


class DeadlineKind(models.TextChoices):
    AT_ONCE = "at_once", _("立行立改")
    SAME_DAY = "same_day", _("当日")
    DAYS = "days", _("限期")
    LONG_TERM = "long_term", _("长期坚持")


class PlanState(models.TextChoices):
    REQUESTED = "requested", _("待审批")
    APPROVED = "approved", _("已批准")
    REFUSED = "refused", _("不批准")


PLAN_TRANSITIONS: Table = {
    "approve": ((PlanState.REQUESTED,), PlanState.APPROVED),
    "refuse": ((PlanState.REQUESTED,), PlanState.REFUSED),
}


class DisputeState(models.TextChoices):
    OPEN = "open", _("待答复")
    UPHELD = "upheld", _("异议成立")
    REJECTED = "rejected", _("异议不成立")


DISPUTE_TRANSITIONS: Table = {
    "uphold": ((DisputeState.OPEN,), DisputeState.UPHELD),
    "reject": ((DisputeState.OPEN,), DisputeState.REJECTED),
}


class Ground(models.TextChoices):
    """Fixed grounds of a dispute."""

    NOT_OURS = "not_ours", _("点位不属本辖区或本单位")
    FACT_WRONG = "fact_wrong", _("事实与现场不符")
    ALREADY_DONE = "already_done", _("检查前已整改")
    DUPLICATE = "duplicate", _("与其他交办事项重复")
    CONFLICT = "conflict", _("与上级要求不一致")
    BEYOND_POWER = "beyond_power", _("超出本单位职权")


class ResultKind(models.TextChoices):
    """What the line authority did under its own law (S2-40); never one of the four forms."""

    ORDER_TO_CORRECT = "order_to_correct", _("责令改正")
    WARNING = "warning", _("警告")
    FINE = "fine", _("罚款")
    SUSPENSION = "suspension", _("暂扣许可、责令停业")
    REVOCATION = "revocation", _("吊销许可")
    GUIDANCE = "guidance", _("行政指导")
    NO_ACTION = "no_action", _("不予处理")
    OTHER = "other", _("其他")


class ReferralState(models.TextChoices):
    SENT = "sent", _("已转办")
    ANSWERED = "answered", _("已回复")


REFERRAL_TRANSITIONS: Table = {"answer": ((ReferralState.SENT,), ReferralState.ANSWERED)}


class CommonState(models.TextChoices):
    PROPOSED = "proposed", _("拟发")
    NOTICED = "noticed", _("已通知")
    CLOSED = "closed", _("已办结")


COMMON_TRANSITIONS: Table = {
    "notice": ((CommonState.PROPOSED,), CommonState.NOTICED),
    "close": ((CommonState.NOTICED,), CommonState.CLOSED),
}


class TraceState(models.TextChoices):
    RAISED = "raised", _("待决定")
    OPENED = "opened", _("已启动")
    WAIVED = "waived", _("不启动")
    CONCLUDED = "concluded", _("已办结")


TRACE_TRANSITIONS: Table = {
    "open": ((TraceState.RAISED,), TraceState.OPENED),
    "waive": ((TraceState.RAISED,), TraceState.WAIVED),
    "conclude": ((TraceState.OPENED,), TraceState.CONCLUDED),
}

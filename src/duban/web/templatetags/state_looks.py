"""How a state looks: icon, tone and plain word of every state tag.

The stored states live in the apps; here is only their dress. A state missing here gets the neutral tag.
Tones are CSS classes `state-<tone>` in parts.css.
"""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SENT, WORKING, WAITING, DONE, LATE = "sent", "working", "waiting", "done", "late"
NEUTRAL, DISPUTED, EXTENDED = "neutral", "disputed", "extended"


class Look(NamedTuple):
    """Icon name, tone and the word used when the page gives none."""

    icon: str
    tone: str
    label: str | Promise


LOOKS: dict[str, Look] = {
    # findings and work orders
    "registered": Look("circle-dashed", NEUTRAL, _("待确认")),
    "returned": Look("arrow-back-up", NEUTRAL, _("退回补充")),
    "confirmed": Look("circle-check", NEUTRAL, _("已确认")),
    "ordered": Look("send", SENT, _("待签收")),
    "issued": Look("send", SENT, _("已签发")),
    "rectifying": Look("tool", WORKING, _("整改中")),
    "fed_back": Look("eye-check", WAITING, _("待核验")),
    "written_off": Look("circle-check", DONE, _("已销号")),
    "on_spot": Look("circle-check", WAITING, _("现场整改")),
    "rectified_on_site": Look("circle-check", DONE, _("现场整改")),
    "overdue": Look("alert-triangle", LATE, _("逾期")),
    "disputed": Look("message-2-question", DISPUTED, _("有异议")),
    "extended": Look("calendar-due", EXTENDED, _("限期整改")),
    "referred": Look("arrow-right", SENT, _("已转办")),
    "transferred": Look("arrow-right", SENT, _("已移交")),
    "withdrawn": Look("arrow-back-up", NEUTRAL, _("已撤回")),
    "void": Look("circle-x", NEUTRAL, _("已作废")),
    "voided": Look("circle-x", NEUTRAL, _("已作废")),
    "cancelled": Look("circle-x", NEUTRAL, _("已取消")),
    "common": Look("git-merge", NEUTRAL, _("共性问题")),
    # imports
    "checking": Look("hourglass", WORKING, _("正在核对")),
    "importing": Look("hourglass", WORKING, _("正在写入")),
    "refused": Look("alert-triangle", LATE, _("有要改的地方")),
    "stopped": Look("circle-x", NEUTRAL, _("不导入")),
    # texts on their way
    "waiting": Look("eye-check", WAITING, _("待核对")),
    "attached": Look("git-merge", DONE, _("已并入")),
    "discarded": Look("circle-x", NEUTRAL, _("不予登记")),
    "draft": Look("pencil", NEUTRAL, _("草稿")),
    "submitted": Look("send", SENT, _("已送审")),
    "in_review": Look("eye-check", WAITING, _("审核中")),
    "under_review": Look("eye-check", WAITING, _("审核中")),
    "reviewed": Look("circle-check", NEUTRAL, _("已审核")),
    "approved": Look("circle-check", DONE, _("已批准")),
    "rejected": Look("circle-x", NEUTRAL, _("未批准")),
    "frozen": Look("lock-square", NEUTRAL, _("已冻结")),
    "locked": Look("lock", NEUTRAL, _("已锁定")),
    "published": Look("speakerphone", DONE, _("已印发")),
    "delivered": Look("mail", SENT, _("已送达")),
    "received": Look("mail-opened", NEUTRAL, _("已收到")),
    "acknowledged": Look("check", DONE, _("已回执")),
    "failed": Look("alert-circle", LATE, _("未送达")),
    "superseded": Look("versions", NEUTRAL, _("已被替代")),
    "expired": Look("clock-cancel", NEUTRAL, _("已失效")),
    # field work
    "planned": Look("circle-dashed", NEUTRAL, _("待去")),
    "dispatched": Look("send", SENT, _("已派")),
    "in_progress": Look("walk", SENT, _("进行中")),
    "done": Look("circle-check", DONE, _("已完成")),
    "completed": Look("circle-check", DONE, _("已完成")),
    "sealed": Look("lock", EXTENDED, _("未启封")),
    "unsealed": Look("lock-open", NEUTRAL, _("已启封")),
    "missing": Look("clock-exclamation", WORKING, _("未报")),
    "sent": Look("cloud-check", DONE, _("已发")),
    "unsent": Look("cloud-off", WORKING, _("未发")),
    # running things
    "preparing": Look("circle-dashed", NEUTRAL, _("筹备中")),
    "active": Look("player-play", DONE, _("进行中")),
    "running": Look("player-play", DONE, _("进行中")),
    "paused": Look("player-pause", NEUTRAL, _("暂停")),
    "suspended": Look("player-pause", NEUTRAL, _("暂停")),
    "closed": Look("archive", NEUTRAL, _("已结束")),
    "archived": Look("archive", NEUTRAL, _("已归档")),
    "retired": Look("archive", NEUTRAL, _("已停用")),
    "open": Look("circle-dot", WORKING, _("办理中")),
    "pending": Look("hourglass", WORKING, _("待处理")),
    "accepted": Look("circle-check", DONE, _("已受理")),
    "declined": Look("circle-x", NEUTRAL, _("不受理")),
    "answered": Look("message-2", DONE, _("已答复")),
    "upheld": Look("circle-check", DONE, _("维持")),
    "decided": Look("gavel", NEUTRAL, _("已决定")),
    # accountability
    "drafted": Look("pencil", WORKING, _("核实中")),
    "stated": Look("message-2", WORKING, _("已听取申辩")),
    "proposed": Look("hourglass", WAITING, _("已提出建议")),
    "appealed": Look("scale", WAITING, _("申诉审查中")),
    "effective": Look("circle-check", DONE, _("已生效")),
    "concluded": Look("archive", NEUTRAL, _("已办结")),
    "applied": Look("circle-dashed", WORKING, _("待受理")),
    "verified": Look("hourglass", WAITING, _("待认定")),
    "determined": Look("gavel", NEUTRAL, _("已认定")),
    "told": Look("tool", WORKING, _("纠错中")),
    "handled": Look("circle-check", DONE, _("已处理")),
}

# States in which a deadline no longer runs.
CLOSED = frozenset(
    {"written_off", "rectified_on_site", "withdrawn", "void", "voided", "cancelled", "closed", "done"}
)
PAUSED = frozenset({"disputed", "paused", "suspended"})

SEVERITIES = {"incipient": 1, "general": 2, "prominent": 3, "serious": 4}
SEVERITY_LABELS = {1: _("苗头"), 2: _("一般"), 3: _("突出"), 4: _("严重")}


def look_of(state: object) -> Look:
    """Return the look of a stored state; unknown states look neutral and carry their own name."""
    key = str(state or "")
    return LOOKS.get(key) or Look("circle-dot", NEUTRAL, key)

"""Journal verbs of burden, each with one sentence."""

from django.utils.translation import gettext_lazy as _

VERBS = {
    "form_approval.requested": _("申请表格审批"),
    "form_approval.approved": _("批准表格"),
    "form_approval.refused": _("不批准表格"),
    "form_approval.expired": _("表格到期停用"),
    "deferral.asked": _("单位请求缓检"),
    "deferral.withdrawn": _("撤回缓检请求"),
    "objection.filed": _("单位提出加重负担的异议"),
    "objection.upheld": _("负担异议成立"),
    "objection.rejected": _("负担异议不成立"),
}

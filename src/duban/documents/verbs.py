"""Journal verbs of documents, each with one sentence."""

from django.utils.translation import gettext_lazy as _

VERBS: dict[str, object] = {
    "series.opened": _("设立文号序列"),
    "number.reserved": _("预留文号"),
    "number.voided": _("作废文号"),
    "document.issued": _("印发公文"),
    "document.sent": _("发送公文"),
    "document.voided": _("作废公文"),
    "document.received": _("签收公文"),
    "document.urged": _("催签收公文"),
    "draft.written": _("拟稿"),
    "draft.changed": _("修改文稿"),
    "draft.submitted": _("送核稿"),
    "draft.reviewed": _("核稿通过"),
    "draft.countersigned": _("会签同意"),
    "draft.sent_back": _("退回修改"),
    "draft.recalled": _("撤回文稿"),
    "draft.signed": _("签发文稿"),
    "draft.discarded": _("废止文稿"),
    "recipient_group.saved": _("设定收文分组"),
    "recipient_group.removed": _("删除收文分组"),
    "bundle.asked": _("打包公文"),
    "bundle.made": _("公文打包完成"),
    "bundle.failed": _("公文打包失败"),
    "bundle.taken": _("下载公文包"),
    "document.downloaded": _("下载公文"),
}

"""Journal verbs of reporting, each with one sentence."""

from django.utils.translation import gettext_lazy as _

VERBS: dict[str, object] = {
    "edition.frozen": _("截数，冻结每日汇总"),
    "edition.worded": _("修改汇总文字"),
    "edition.checked": _("核稿"),
    "edition.reviewed": _("审核通过，送签发"),
    "edition.returned": _("退回修改汇总文字"),
    "edition.signed": _("签发每日汇总"),
    "edition.sent": _("报送每日汇总"),
    "edition.acknowledged": _("回执每日汇总"),
    "edition.corrected": _("更正，另出新版汇总"),
    "bulletin.drafted": _("起草督导通报"),
    "bulletin.changed": _("修改督导通报"),
    "bulletin.submitted": _("督导通报送审"),
    "bulletin.returned": _("退回修改督导通报"),
    "bulletin.issued": _("印发督导通报"),
    "bulletin.withdrawn": _("撤回督导通报"),
    "receipts.urged": _("催各单位签收公文"),
}

"""Journal verbs of campaigns, each with one sentence."""

from django.utils.translation import gettext_lazy as _

VERBS = {
    "journal.reviewed": _("复核留痕"),
    "pack.installed": _("安装专项包"),
    "pack.updated": _("更新专项包"),
    "campaign.created": _("设立专项"),
    "campaign.changed": _("修改专项设置"),
    "campaign.started": _("启动专项"),
    "campaign.closed": _("结束专项"),
    "campaign.reopened": _("重新启动专项"),
    "campaign.erased": _("按计划清除专项资料"),
    "scope.changed": _("修改汇总单位"),
    "period.added": _("登记特殊时期"),
    "period.ended": _("结束特殊时期"),
    "directive.registered": _("登记部署"),
    "directive.repealed": _("废止部署"),
    "measure.ended": _("停止一项措施"),
    "focus_set.changed": _("调整监督重点"),
    "rule_set.adopted": _("换用规则目录版本"),
}

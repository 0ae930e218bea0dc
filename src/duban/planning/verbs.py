"""Journal verbs of planning, each with one sentence."""

from django.utils.translation import gettext_lazy as _

VERBS = {
    "key_points.composed": _("起草当日要点"),
    "key_points.refreshed": _("补入新的要点来源"),
    "key_points.approved": _("批准当日要点"),
    "key_points.returned": _("退回当日要点"),
    "key_points.pushed": _("下发当日要点"),
    "key_points.read": _("组内阅读要点"),
    "key_point.added": _("增加要点"),
    "key_point.changed": _("修改要点"),
    "key_point.moved": _("调整要点次序"),
    "key_point.merged": _("合并要点"),
    "key_point.split": _("分开要点"),
    "key_point.dropped": _("撤下要点"),
    "key_point.restored": _("恢复要点"),
    "draw.committed": _("登记抽取承诺"),
    "draw.drawn": _("完成抽取"),
    "draw.revealed": _("公开抽取种子"),
    "risk_table.changed": _("调整风险计分表"),
}

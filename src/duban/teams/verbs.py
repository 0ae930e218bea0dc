"""Journal verbs of teams, each with one sentence."""

from django.utils.translation import gettext_lazy as _

VERBS = {
    "round.opened": _("开启轮次"),
    "round.changed": _("调整轮次日期"),
    "team.created": _("成立督导组"),
    "team.changed": _("修改督导组"),
    "team.closed": _("撤销督导组"),
    "team.member_added": _("成员入组"),
    "team.member_left": _("成员离组"),
    "team.sector_moved": _("调整片区"),
    "absence.recorded": _("登记缺勤"),
    "absence.withdrawn": _("撤销缺勤"),
    "feed.opened": _("开通值班日历"),
    "feed.revoked": _("停用值班日历"),
    "dispatch.vehicle_noted": _("登记车辆"),
    "dispatch.created": _("安排派出"),
    "dispatch.site_added": _("增派点位"),
    "dispatch.site_removed": _("撤下点位"),
    "dispatch.member_swapped": _("更换派出人员"),
    "dispatch.departed": _("出发"),
    "dispatch.returned": _("返回"),
    "dispatch.cancelled": _("取消派出"),
    "dispatch.site_revealed": _("启封点位"),
    "dispatch.site_seen": _("查看已启封点位"),
    "dispatch.seal_broken": _("紧急查看封存点位"),
    "liaison.assigned": _("确定联系监督分工"),
    "liaison.ended": _("结束联系监督分工"),
    "liaison.visited": _("登记联系督导"),
    "liaison.visit_withdrawn": _("撤销联系督导记录"),
}

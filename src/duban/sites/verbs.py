"""Journal verbs of sites, each with one sentence."""

from django.utils.translation import gettext_lazy as _

VERBS = {
    "site.added": _("新增点位"),
    "site.changed": _("修改点位"),
    "site.ended": _("停用点位"),
    "sites.imported": _("导入点位"),
    "site_types.loaded": _("载入点位类型"),
    "risk_grade.set": _("调整区域等级"),
}

"""Journal verbs of territory, each with one sentence."""

from django.utils.translation import gettext_lazy as _

VERBS = {
    "unit.added": _("新增单位"),
    "unit.changed": _("修改单位"),
    "unit.moved": _("调整上级单位"),
    "unit.ended": _("停用单位"),
    "unit.resumed": _("恢复单位"),
    "units.imported": _("导入单位"),
    "divisions.imported": _("导入区划"),
}

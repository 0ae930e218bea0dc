"""Journal verbs of the kernel."""

from django.utils.translation import gettext_lazy as _

VERBS = {
    "calendar.changed": _("修改工作日历"),
    "export.made": _("导出清单"),
    "search.made": _("检索"),
    "backup.made": _("备份"),
    "backup.restored": _("恢复备份"),
}

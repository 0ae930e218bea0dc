"""Journal verbs of checklists, each with one sentence."""

from django.utils.translation import gettext_lazy as _

VERBS = {
    "checklist.uploaded": _("上传清单版本"),
    "checklist.published": _("发布清单版本"),
    "checklist.retired": _("停用清单版本"),
    "checklist.linked": _("补接检查项的依据"),
}

"""Journal verbs of topics, each with one sentence."""

from django.utils.translation import gettext_lazy as _

VERBS = {
    "topics.imported": _("导入群众反映"),
    "topic.entered": _("登记群众反映"),
    "topic.corrected": _("更正群众反映"),
    "topic.withdrawn": _("撤销群众反映"),
}

"""Journal verbs of texts that arrive, each with one sentence."""

from django.utils.translation import gettext_lazy as _

VERBS = {
    "text.received": _("收到一份文件"),
    "text.corrected": _("更正收文的读取结果"),
    "text.correction_undone": _("撤销一次更正"),
    "text.confirmed": _("核对收文并登记部署"),
    "text.attached": _("将收文并入已有部署"),
    "text.discarded": _("收文不予登记"),
    "text.handed_out": _("下载收文原件"),
}

"""Journal verbs of documents, each with one sentence."""

from django.utils.translation import gettext_lazy as _

VERBS: dict[str, object] = {
    "series.opened": _("设立文号序列"),
    "number.reserved": _("预留文号"),
    "number.voided": _("作废文号"),
    "document.issued": _("印发公文"),
    "document.sent": _("发送公文"),
    "document.voided": _("作废公文"),
    "document.received": _("签收公文"),
    "document.downloaded": _("下载公文"),
}

"""What a support request can ask for."""

from django.utils.translation import gettext_lazy as _

SUPPORT_KINDS = {
    "materials": _("物资"),
    "staff": _("人手"),
    "policy": _("政策解释"),
    "other": _("其他"),
}

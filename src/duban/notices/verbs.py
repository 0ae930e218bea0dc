"""Journal verbs of notices, each with one sentence. Reading a notice is nobody's business and is not an event (G-33)."""

from django.utils.translation import gettext_lazy as _

VERBS = {"notice.sent": _("发出提醒")}

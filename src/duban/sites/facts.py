"""What sites tells apps below: its kind of import."""

from django.utils.translation import gettext_lazy as _

from duban.people.import_kinds import ImportKind, register
from duban.sites import importing, policy

register(
    ImportKind(
        "sites", _("点位"), importing.import_sites, policy.can_import_sites, importing.COLUMNS, importing.template_notes,
        ("SL-D001", "示例镇农贸市场", "农贸市场", "SL", "SL01", "", "", "", "集镇东侧", "是"), order=30,
    )
)  # fmt: skip

"""What topics tells apps below: its kind of import."""

from django.utils.translation import gettext_lazy as _

from duban.people.import_kinds import ImportKind, register
from duban.topics import importing, policy

register(
    ImportKind(
        "topics", _("群众反映"), importing.import_topics, policy.can_import_topics, importing.COLUMNS, importing.template_notes,
        ("SL", "", "政务热线", "卡口夜间无人值守", "4", "2020-02-03", "", "", "已列入督导要点", ""), order=40,
    )
)  # fmt: skip

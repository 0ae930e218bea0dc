from django.apps import AppConfig


class ChecklistsConfig(AppConfig):
    name = "duban.checklists"
    label = "checklists"
    verbose_name = "检查清单"

    def ready(self) -> None:
        from duban.kernel.rooms import open_room

        open_room(self.name)

from django.apps import AppConfig


class InspectionConfig(AppConfig):
    name = "duban.inspection"
    label = "inspection"
    verbose_name = "检查与问题"

    def ready(self) -> None:
        from duban.kernel.rooms import open_room

        open_room(self.name)

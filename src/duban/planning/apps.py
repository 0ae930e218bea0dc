from django.apps import AppConfig


class PlanningConfig(AppConfig):
    name = "duban.planning"
    label = "planning"
    verbose_name = "督导计划"

    def ready(self) -> None:
        from duban.kernel.rooms import open_room

        open_room(self.name)

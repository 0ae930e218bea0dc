from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "duban.reporting"
    label = "reporting"
    verbose_name = "统计与汇总"

    def ready(self) -> None:
        from duban.kernel.rooms import open_room
        from duban.reporting import todos_above  # noqa: F401 - registers its collectors

        open_room(self.name)

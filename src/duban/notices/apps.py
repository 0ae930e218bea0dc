from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "duban.notices"
    label = "notices"
    verbose_name = "提醒"

    def ready(self) -> None:
        from duban.kernel.rooms import open_room

        open_room(self.name)

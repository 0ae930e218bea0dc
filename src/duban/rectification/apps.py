from django.apps import AppConfig


class RectificationConfig(AppConfig):
    name = "duban.rectification"
    label = "rectification"
    verbose_name = "交办整改"

    def ready(self) -> None:
        from duban.kernel.rooms import open_room

        open_room(self.name)

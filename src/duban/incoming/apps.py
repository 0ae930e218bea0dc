from django.apps import AppConfig


class IncomingConfig(AppConfig):
    name = "duban.incoming"
    label = "incoming"
    verbose_name = "收文"

    def ready(self) -> None:
        from duban.kernel.rooms import open_room

        open_room(self.name)

from django.apps import AppConfig


class BurdenConfig(AppConfig):
    name = "duban.burden"
    label = "burden"
    verbose_name = "基层减负"

    def ready(self) -> None:
        from duban.kernel.rooms import open_room

        open_room(self.name)

from django.apps import AppConfig


class TerritoryConfig(AppConfig):
    name = "duban.territory"
    label = "territory"
    verbose_name = "区划与单位"

    def ready(self) -> None:
        from duban.kernel.rooms import open_room

        open_room(self.name)

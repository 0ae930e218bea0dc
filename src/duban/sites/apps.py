from django.apps import AppConfig


class SitesConfig(AppConfig):
    name = "duban.sites"
    label = "sites"
    verbose_name = "点位"

    def ready(self) -> None:
        from duban.kernel.rooms import open_room

        open_room(self.name)

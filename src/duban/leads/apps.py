from django.apps import AppConfig


class LeadsConfig(AppConfig):
    name = "duban.leads"
    label = "leads"
    verbose_name = "问题线索"

    def ready(self) -> None:
        from duban.kernel.rooms import open_room

        open_room(self.name)

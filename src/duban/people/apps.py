from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "duban.people"
    label = "people"
    verbose_name = "人员"

    def ready(self) -> None:
        from duban.kernel.rooms import open_room

        open_room(self.name)

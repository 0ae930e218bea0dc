from django.apps import AppConfig


class TeamsConfig(AppConfig):
    name = "duban.teams"
    label = "teams"
    verbose_name = "督导组"

    def ready(self) -> None:
        from duban.kernel.rooms import open_room

        open_room(self.name)

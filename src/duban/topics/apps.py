from django.apps import AppConfig


class TopicsConfig(AppConfig):
    name = "duban.topics"
    label = "topics"
    verbose_name = "群众反映"

    def ready(self) -> None:
        from duban.kernel.rooms import open_room

        open_room(self.name)

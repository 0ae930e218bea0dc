from django.apps import AppConfig


class AccountabilityConfig(AppConfig):
    name = "duban.accountability"
    label = "accountability"
    verbose_name = "责任"

    def ready(self) -> None:
        from duban.kernel.rooms import open_room

        open_room(self.name)

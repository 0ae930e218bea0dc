from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "duban.kernel"
    label = "kernel"
    verbose_name = "机制"

    def ready(self) -> None:
        from duban.kernel import backups, heartbeat, seals, statistics  # noqa: F401 - each registers its sweep
        from duban.kernel.rooms import open_room

        open_room(self.name)

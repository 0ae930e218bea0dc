from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "duban.kernel"
    label = "kernel"
    verbose_name = "机制"

    def ready(self) -> None:
        from duban.kernel.rooms import open_room

        from duban.kernel import seals  # noqa: F401 - registers the sealing sweep

        open_room(self.name)

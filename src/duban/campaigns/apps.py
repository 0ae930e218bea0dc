from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "duban.campaigns"
    label = "campaigns"
    verbose_name = "专项"

    def ready(self) -> None:
        from duban.kernel.rooms import open_room

        open_room(self.name)

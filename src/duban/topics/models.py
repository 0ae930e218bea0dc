"""What people report, as counts: place, kind, number, period, channel. No persons, no contact, no story (DOMAIN §5)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign, Category
from duban.kernel.fields import PathField, Row
from duban.people.models import User
from duban.sites.models import Site
from duban.territory.models import Unit


class Channel(models.TextChoices):
    HOTLINE = "hotline", _("政务热线")
    LETTERS = "letters", _("来信来访")
    ONLINE = "online", _("网络平台")
    OPINION = "opinion", _("舆情")
    HANDED_OVER = "handed_over", _("其他部门转来")


class Topic(Row):
    """A matter reported so many times in a period about an area or a site.

    `subject` names the matter in a few words; whoever reported it is not recorded anywhere. What must stay sealed (a lead
    against a post) does not belong here but into the lead register.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="topics")
    area = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, related_name="topics")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, related_name="+")
    channel = models.CharField(max_length=12, choices=Channel.choices)
    subject = models.CharField(max_length=60)
    count = models.PositiveIntegerField()
    starts_on = models.DateField()
    ends_on = models.DateField()
    answer = models.CharField(max_length=200, blank=True, help_text=_("办理情况"))
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    area_path = PathField()

    class Meta:
        ordering = ["-ends_on", "-created_at"]
        indexes = [models.Index(fields=["campaign", "ends_on"], name="topic_day")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=models.F("starts_on")), name="topic_ends_after_start"
            ),
            models.CheckConstraint(condition=Q(count__gte=1), name="topic_counts_something"),
        ]

    def __str__(self) -> str:
        return f"{self.site.name if self.site else self.area.name} · {self.subject}"

"""Prepared reads answer as the queryset would, for every value, and refuse values that stand nowhere."""

from datetime import timedelta

import pytest

from duban.campaigns.models import Campaign
from duban.kernel.models import Event
from duban.kernel.prepared import Prepared
from duban.people.models import Grant
from duban.teams.models import Round


def test_prepared_read_gives_what_the_queryset_gives(world, at):
    grants = Prepared(
        lambda user_id: Grant.objects.filter(user_id=user_id, revoked_at=None).order_by("granted_at")
    )
    for user in world.users.values():
        assert grants(user_id=user.pk) == list(
            Grant.objects.filter(user_id=user.pk, revoked_at=None).order_by("granted_at")
        )
    tuples = Prepared(
        lambda user_id: Grant.objects.filter(user_id=user_id).values_list("role", "unit_id", "granted_at")
    )
    wen = world.users["wen"].pk
    assert tuples(user_id=wen) == list(
        Grant.objects.filter(user_id=wen).values_list("role", "unit_id", "granted_at")
    )


def test_prepared_instance_brings_what_it_joins(world, django_assert_num_queries):
    one = Prepared(
        lambda campaign_id: Campaign.objects.filter(pk=campaign_id).select_related("scope", "body")
    )
    with django_assert_num_queries(1):
        (found,) = one(campaign_id=world.campaign.pk)
        names = (found.scope.name, found.body.name)
    assert names == (world.campaign.scope.name, world.campaign.body.name)
    assert found == world.campaign
    assert found.starts_on == world.campaign.starts_on
    assert found.cutoff == Campaign.objects.get(pk=found.pk).cutoff


def test_prepared_day_and_moment_are_bound_anew(world, at):
    rounds = Prepared(lambda campaign_id, day: Round.objects.filter(
        campaign_id=campaign_id, starts_on__lte=day).values_list("number", flat=True))  # fmt: skip
    first = Round.objects.order_by("starts_on").first()
    before = first.starts_on - timedelta(days=1)
    assert first.number in rounds(campaign_id=world.campaign.pk, day=first.starts_on)
    assert rounds(campaign_id=world.campaign.pk, day=before) == []
    events = Prepared(lambda start: Event.objects.filter(at__gte=start).values("pk")[:3])
    assert events.count(start=at("00:00") - timedelta(days=900)) == min(3, Event.objects.count())
    assert events.count(start=at("23:59") + timedelta(days=900)) == 0


def test_prepared_value_that_stands_nowhere_is_a_mistake(db):
    with pytest.raises(LookupError):
        Prepared(lambda label: Event.objects.all())(label="x")

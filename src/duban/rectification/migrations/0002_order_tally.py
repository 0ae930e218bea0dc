"""Orders are counted by scope and state like findings; open ones and unsigned urges have an index of their own."""

from django.db import migrations, models


def count_orders(apps, schema_editor):
    """Count the orders there are into the tally: one folded row per campaign, path (and each above it) and state."""
    alias = schema_editor.connection.alias  # the database that is migrated, not always the usual one
    tally = apps.get_model("kernel", "Tally")
    totals = {}
    rows = apps.get_model("rectification", "WorkOrder").objects.using(alias).order_by()
    for campaign, path, state in rows.values_list("campaign_id", "area_path", "state").iterator(chunk_size=20_000):
        parts = path.split(".")[:-1]
        for above in ["", *(".".join(parts[: count + 1]) + "." for count in range(len(parts)))]:
            key = (campaign, above, state)
            totals[key] = totals.get(key, 0) + 1
    tally.objects.using(alias).bulk_create(
        [
            tally(topic="order", campaign_id=campaign, path=path, key=state, amount=amount, is_folded=True)
            for (campaign, path, state), amount in totals.items()
        ],
        batch_size=5000,
    )


def forget_orders(apps, schema_editor):
    apps.get_model("kernel", "Tally").objects.using(schema_editor.connection.alias).filter(topic="order").delete()


class Migration(migrations.Migration):
    dependencies = [("rectification", "0001_initial"), ("kernel", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="urge",
            index=models.Index(condition=models.Q(("signed_at", None)), fields=["raised_at"], name="urge_unsigned"),
        ),
        migrations.AddIndex(
            model_name="workorder",
            index=models.Index(fields=["campaign", "state", "area_path"], name="order_open"),
        ),
        migrations.RunPython(count_orders, forget_orders),
    ]

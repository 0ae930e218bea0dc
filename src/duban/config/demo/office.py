"""The office beside the rounds: texts that arrive, papers that are drafted, what people report, days to keep free.

What lies before the open day is finished; the last text, circular and report wait for the visitor.
"""

from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from duban.config.demo.replay import Replay
from duban.documents import operations as documents
from duban.documents.models import OfficialDocument, RecipientGroup
from duban.incoming import operations as incoming
from duban.sites.models import Site
from duban.teams import operations as teams
from duban.territory.models import Unit
from duban.topics import operations as topics

SILENT_EVERY = 7  # every so many-th receiving unit does not acknowledge by itself


class Office:
    """Plays what the office receives, writes and keeps."""

    def __init__(self, replay: Replay) -> None:
        self.replay = replay
        self.cast = replay.cast
        self.words = replay.script["office"]
        towns = enumerate(replay.place.townships, start=1)
        self.readers = {**self.cast.liaisons, **{town.pk: f"lianluo{number:02d}" for number, town in towns}}
        self.readers[replay.campaign.headquarters_id] = "zhihuibu"

    def schedule(self) -> None:
        """This function will put the office's acts on the queue."""
        start = self.replay.script["city"]["starts_on"]
        self._on(start, "11:30", self._groups)
        for words in self.words["texts"]:
            self._on(words["day"], words["at"], partial(self._text, words))
        for words in self.words["drafts"]:
            self._on(words["day"], words["at"], partial(self._draft, words))
        for words in self.words["topics"]:
            self._on(words["day"], "10:45", partial(self._topic, words))
        for words in self.words["protected"]:
            self._on(words["day"], "16:40", partial(self._protect, words))
        self._on(self.words["absence"]["day"], "12:10", self._absence)

    def _on(self, day: date, text: str, act: Any) -> None:
        self.replay.schedule(self.replay.at(day, text), act)

    def _unit(self, name: str) -> Unit:
        return self.replay.place.units[name]

    # in -----------------------------------------------------------------------------------------------------

    def _text(self, words: dict[str, Any], at: datetime) -> None:
        text = incoming.receive_text(
            actor=self.cast["zonghe"], at=at, campaign_id=self.replay.campaign.pk, content=words["text"].encode(),
            file_name=words["file"],
        )  # fmt: skip
        if words.get("is_confirmed"):
            self.replay.after(
                25,
                lambda moment: incoming.confirm_text(actor=self.cast["zonghe"], at=moment, text_id=text.pk),
            )

    def _topic(self, words: dict[str, Any], at: datetime) -> None:
        site = Site.objects.filter(name=words["area"]).first()
        area_id = site.area_id if site else self._unit(words["area"]).pk
        topics.enter_topic(
            actor=self.cast["zonghe"], at=at, campaign_id=self.replay.campaign.pk, area_id=area_id,
            site_id=site.pk if site else None, channel=words["channel"], subject=words["subject"], count=words["count"],
            starts_on=words["day"], ends_on=words["day"], answer=words["answer"],
        )  # fmt: skip

    # out ----------------------------------------------------------------------------------------------------

    def _groups(self, at: datetime) -> None:
        for words in self.words["groups"]:
            documents.save_group(
                actor=self.cast["zonghe"], at=at, campaign_id=self.replay.campaign.pk, name=words["name"],
                kinds=words.get("kinds", ()), unit_ids=[self._unit(name).pk for name in words.get("units", ())],
            )  # fmt: skip

    def _draft(self, words: dict[str, Any], at: datetime) -> None:
        groups = RecipientGroup.objects.filter(campaign=self.replay.campaign, name__in=words["to"])
        users, campaign = self.cast.users, self.replay.campaign
        to_headquarters = [] if words["to"] else [campaign.headquarters_id]
        draft = documents.write_draft(
            actor=self.cast["zonghe"], at=at, campaign_id=campaign.pk, kind=words["kind"], title=words["title"],
            record={"paragraphs": words["paragraphs"], "sections": words["sections"]},
            reviewer_id=users["hegao"].pk, signer_id=users["zuzhang"].pk, countersigner_ids=[users["fuzuzhang"].pk],
            main_groups=[one.pk for one in groups], main_units=to_headquarters,
        )  # fmt: skip
        after = self.replay.after
        after(
            15, lambda moment: documents.submit_draft(actor=self.cast["zonghe"], at=moment, draft_id=draft.pk)
        )
        if words.get("waits_for") == "review":
            return
        after(
            30, lambda moment: documents.review_draft(actor=self.cast["hegao"], at=moment, draft_id=draft.pk)
        )
        after(
            45,
            lambda moment: documents.countersign_draft(
                actor=self.cast["fuzuzhang"], at=moment, draft_id=draft.pk
            ),
        )
        if words.get("is_signed"):
            after(75, lambda moment: self._sign(moment, draft.pk))

    def _sign(self, at: datetime, draft_id: UUID) -> None:
        self.send_out(documents.sign_draft(actor=self.cast["zuzhang"], at=at, draft_id=draft_id))

    def send_out(self, document: OfficialDocument) -> None:
        """This function will have the receiving units acknowledge a document over the next hours, all but a few."""
        for number, delivery in enumerate(document.deliveries.order_by("unit__path"), start=1):
            reader = self.readers.get(delivery.unit_id)
            if reader and number % SILENT_EVERY:
                self.replay.after(8 + 11 * number, partial(self._acknowledge, reader, delivery.pk))

    def _acknowledge(self, reader: str, delivery_id: UUID, at: datetime) -> None:
        documents.receive_document(actor=self.cast[reader], at=at, delivery_id=delivery_id)

    # days to keep free --------------------------------------------------------------------------------------

    def _protect(self, words: dict[str, Any], at: datetime) -> None:
        teams.protect_unit(
            actor=self.cast["zonghe"], at=at, campaign_id=self.replay.campaign.pk, unit_id=self._unit(words["unit"]).pk,
            starts_on=words["from"], ends_on=words["to"], reason=words["reason"],
        )  # fmt: skip

    def _absence(self, at: datetime) -> None:
        words = self.words["absence"]
        person = self.cast.users[words["person"]]
        teams.record_absence(
            actor=self.cast[words["person"]], at=at, campaign_id=self.replay.campaign.pk, user_id=person.pk,
            starts_on=words["from"], ends_on=words["to"],
        )  # fmt: skip

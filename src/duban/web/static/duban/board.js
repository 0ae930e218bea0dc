// The team board: a drop opens the same form as the link on the card, filled in; nothing moves before a reason is given.

const dialog = document.getElementById("board-move");
let dragged = null;

const zoneOf = (event) => event.target.closest?.("[data-drop-team]");
const takes = (zone) => zone && dragged && zone.dataset.dropTeam !== (dragged.dataset.dragFrom ?? "") &&
  (dragged.dataset.drag === "sector" || zone.dataset.dropTeam);

function unmark() {
  for (const zone of document.querySelectorAll(".board-over")) zone.classList.remove("board-over");
}

document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-drag]") ?? null;
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.dragName);
  dragged.classList.add("board-dragged");
});

document.addEventListener("dragover", (event) => {
  const zone = zoneOf(event);
  if (!takes(zone)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "move";
  if (!zone.classList.contains("board-over")) { unmark(); zone.classList.add("board-over"); }
});

document.addEventListener("drop", (event) => {
  const zone = zoneOf(event);
  if (!takes(zone) || !dialog?.showModal) return;
  event.preventDefault();
  const form = dialog.querySelector("form");
  form.action = dragged.dataset.dragUrl;
  form.elements.to_team.value = zone.dataset.dropTeam;
  form.elements.role.disabled = dragged.dataset.drag === "sector";
  const title = dialog.querySelector("[data-title]");
  title.textContent = title.dataset.title
    .replace("{name}", dragged.dataset.dragName).replace("{team}", zone.dataset.dropName);
  dialog.showModal();
  form.elements.reason.focus();
});

document.addEventListener("dragend", () => {
  dragged?.classList.remove("board-dragged");
  dragged = null;
  unmark();
});

// Small behaviours of the staff pages. Every page works without this file; nothing here writes to the server.

import { startCharts } from "./charts.js";
import { startPhotos } from "./photos.js";

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const on = (type, selector, act) =>
  document.addEventListener(type, (event) => {
    const target = event.target.closest?.(selector);
    if (target) act(target, event);
  });

document.documentElement.classList.add("scripted");

// ---- the clock: the server's time goes on here, so that a wrong device clock shows no wrong limit ----
const clockFace = document.querySelector("[data-clock]");
const drift = clockFace ? Date.parse(clockFace.dataset.clock) - Date.now() : 0;
const serverNow = () => Date.now() + drift;

function words(milliseconds) {
  const minutes = Math.max(0, Math.ceil(milliseconds / 60000)); // a begun minute counts whole, as on the server
  const hours = Math.floor(minutes / 60);
  if (document.documentElement.lang === "en") return hours ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
  if (hours >= 24) return `${Math.floor(hours / 24)} 日 ${hours % 24} 时`;
  return hours ? `${hours} 时 ${minutes % 60} 分` : `${minutes} 分`;
}

// Text only: no live region, so that a screen reader is not interrupted every minute.
function tick() {
  if (clockFace) {
    const zone = clockFace.dataset.clock.match(/([+-])(\d\d):(\d\d)$/);
    const shift = zone ? (zone[1] === "-" ? -1 : 1) * (Number(zone[2]) * 60 + Number(zone[3])) : 0;
    clockFace.textContent = new Date(serverNow() + shift * 60000).toISOString().slice(11, 16);
  }
  for (const place of all("[data-countdown]")) {
    const left = Date.parse(place.dataset.countdown) - serverNow();
    const shown = place.querySelector("b");
    if (shown && left >= 0) shown.textContent = words(left);
  }
  for (const place of all("[data-due]")) {
    const left = Date.parse(place.dataset.due) - serverNow();
    const shown = place.querySelector(".deadline-words");
    if (shown && left >= 0 && document.documentElement.lang !== "en") shown.textContent = `还剩 ${words(left)}`;
  }
}
setInterval(tick, 20000);

// ---- search, drawer, account menu ----
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const search = document.querySelector("[data-search-all]");
    if (search) { event.preventDefault(); search.focus(); search.select(); }
  }
  if (event.key === "Escape") {
    document.body.classList.remove("drawer-open");
    for (const menu of all("details[data-menu][open]")) menu.open = false;
  }
});
on("click", "[data-drawer-open]", (link, event) => {
  event.preventDefault();
  document.body.classList.add("drawer-open");
  document.querySelector("#sidebar a")?.focus();
});
on("click", "[data-drawer-close]", (link, event) => {
  event.preventDefault();
  document.body.classList.remove("drawer-open");
});
document.addEventListener("click", (event) => {
  for (const menu of all("details[data-menu][open]")) if (!menu.contains(event.target)) menu.open = false;
});

// ---- dialogs: a link keeps its confirm page for those without scripts ----
on("click", "[data-dialog]", (opener, event) => {
  const dialog = document.getElementById(opener.dataset.dialog);
  if (!dialog?.showModal) return;
  event.preventDefault();
  dialog.showModal();
  (dialog.querySelector("[data-dialog-close]") ?? dialog).focus();
});
on("click", "[data-dialog-close]", (button) => button.closest("dialog").close());

// ---- toasts: six seconds, waiting while looked at; never the only record ----
function startToast(toast) {
  let timer;
  const close = () => toast.remove();
  const run = () => { timer = setTimeout(close, 6000); };
  const wait = () => clearTimeout(timer);
  toast.addEventListener("mouseenter", wait);
  toast.addEventListener("mouseleave", run);
  toast.addEventListener("focusin", wait);
  toast.addEventListener("focusout", run);
  const button = toast.querySelector("[data-toast-close]");
  if (button) { button.hidden = false; button.addEventListener("click", close); }
  run();
}

// ---- choosing rows: [data-select] boxes, one [data-select-all], a [data-bulk] bar with [data-bulk-count] ----
function countChosen() {
  const boxes = all("input[data-select]");
  const chosen = boxes.filter((box) => box.checked);
  for (const bar of all("[data-bulk]")) {
    bar.hidden = chosen.length === 0;
    const count = bar.querySelector("[data-bulk-count]");
    if (count) count.textContent = chosen.length;
    for (const act of all("[data-bulk-allows]", bar)) {
      act.hidden = !chosen.every((box) => (box.dataset.allows ?? "").split(" ").includes(act.dataset.bulkAllows));
    }
  }
  for (const box of all("input[data-select-all]")) {
    box.checked = boxes.length > 0 && chosen.length === boxes.length;
    box.indeterminate = chosen.length > 0 && chosen.length < boxes.length;
  }
}
on("change", "input[data-select]", countChosen);
on("change", "input[data-select-all]", (box) => {
  for (const one of all("input[data-select]")) one.checked = box.checked;
  countChosen();
});
on("click", "[data-select-none]", () => {
  for (const one of all("input[data-select]")) one.checked = false;
  countChosen();
});

// ---- filters send themselves; empty ones stay out of the address ----
on("change", "form[data-auto-submit] :is(select, input[type=date], input[type=checkbox], input[type=radio])", (input) => {
  if (!input.multiple) input.form.requestSubmit();
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-auto-submit]")) return;
  for (const input of event.target.elements) if (input.name && input.value === "") input.disabled = true;
});
window.addEventListener("pageshow", () => {
  for (const input of all("form[data-auto-submit] :disabled")) input.disabled = false;
});

// ---- forms: unsaved work, one sending only, focus on the error summary ----
const changed = new Set();
on("input", "form[data-guard]", (form) => changed.add(form));
document.addEventListener("submit", (event) => {
  changed.delete(event.target);
  if (event.target.method !== "post" || event.target.matches("[hx-post], [data-again]")) return;
  if (event.target.dataset.sent) { event.preventDefault(); return; }
  event.target.dataset.sent = "1";
  setTimeout(() => delete event.target.dataset.sent, 8000); // a download leaves the page where it is
});
window.addEventListener("pageshow", () => { for (const form of all("form[data-sent]")) delete form.dataset.sent; });
window.addEventListener("beforeunload", (event) => { if (changed.size) event.preventDefault(); });

// ---- small things ----
on("click", "[data-print]", () => window.print());
on("click", "[data-copy]", async (button) => {
  const source = document.getElementById(button.dataset.copy);
  await navigator.clipboard.writeText(source ? (source.value ?? source.textContent).trim() : button.dataset.copyText ?? "");
  const told = button.querySelector("span") ?? button;
  const before = told.textContent;
  told.textContent = button.dataset.copied ?? "已复制";
  setTimeout(() => { told.textContent = before; }, 3000);
});
on("click", "[data-insert]", (button) => {
  const field = document.getElementById(button.dataset.insert);
  field.setRangeText(button.textContent.trim(), field.selectionStart, field.selectionEnd, "end");
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
});
on("click", "[data-leave]", (button) => {
  for (const form of all("form")) form.reset();
  changed.clear();
  window.location.replace(button.dataset.leave);
});

// A dropzone is a label around a file input; files chosen are listed under it.
function startDropzone(zone) {
  const input = zone.querySelector("input[type=file]");
  const list = zone.querySelector("[data-dropzone-list]");
  const show = () => { if (list) list.textContent = [...input.files].map((file) => file.name).join("、"); };
  zone.addEventListener("dragover", (event) => { event.preventDefault(); zone.classList.add("dropzone-over"); });
  zone.addEventListener("dragleave", () => zone.classList.remove("dropzone-over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    zone.classList.remove("dropzone-over");
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  input.addEventListener("change", show);
}

// A file let go beside the only dropzone of a page goes into it; the browser would leave the page and open the file.
function onlyDropzone(event) {
  const zones = all("[data-dropzone]", document);
  return event.dataTransfer?.types.includes("Files") && zones.length === 1 ? zones[0] : null;
}
document.addEventListener("dragover", (event) => { if (onlyDropzone(event)) event.preventDefault(); });
document.addEventListener("drop", (event) => {
  const zone = onlyDropzone(event);
  if (!zone || event.defaultPrevented) return;
  event.preventDefault();
  const input = zone.querySelector("input[type=file]");
  input.files = event.dataTransfer.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
});

function start(root) {
  for (const toast of all("[data-toast]", root)) startToast(toast);
  for (const zone of all("[data-dropzone]", root)) startDropzone(zone);
  root.querySelector("[data-focus]")?.focus();
  startCharts(root);
  startPhotos(root);
  countChosen();
  tick();
}
start(document);
document.addEventListener("htmx:load", (event) => { if (event.target !== document.body) start(event.target); });

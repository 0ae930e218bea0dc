// The state of the app and what moves it: unlocking, the day's package, records, handing in.
import { reactive, shallowRef } from "vue";
import { isCheck, posted } from "./checks";
import { idOf, refresh as refreshForms, warm, type KeptForm } from "./forms";
import { clock, isFinal, Lost, Refused, Server, type Day } from "./server";
import { create, forgetDownloads, profiles, unlock, Vault, type Draft, type Profile, type RecordState } from "./vault";
import { t } from "./words";

export type Screen = "unlock" | "register" | "today" | "visit" | "check" | "unsent" | "settings";
export type Row = Draft & { state: RecordState; queuedAt: number };

const IDLE = 10 * 60_000;
const LATE = 24 * 3600_000;
const BEAT = 30_000;
const SOON = 1_000; // the first wait after a lost request; doubled up to a beat
const TIGHT = 50 * 1024 * 1024;
export const FAR = 300; // seconds of skew worth a word

export const app = reactive({
  screen: "unlock" as Screen,
  profiles: [] as Profile[],
  token: "",
  day: null as Day | null,
  records: [] as Row[],
  visit: "", // the record that is open
  isOnline: navigator.onLine,
  isSyncing: false,
  isUpdating: false,
  progress: "",
  notice: "",
  isTight: false,
  isEnded: false, // the phone's key is gone; only what was not handed in is left
  hasUpdate: false,
  skew: 0,
  now: Date.now(),
});
export const vault = shallowRef<Vault | null>(null);
let server: Server | null = null;
let keepOpen: () => Promise<unknown> = async () => undefined; // saves what is being typed
let lastTouch = Date.now();
let wait = SOON;
let again = 0;

export async function start(): Promise<void> {
  app.profiles = await profiles();
  takeKey();
  addEventListener("hashchange", takeKey);
  document.addEventListener("visibilitychange", () => document.hidden && void keepOpen());
  addEventListener("online", () => void onlineAgain());
  addEventListener("offline", () => (app.isOnline = false));
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => (lastTouch = Date.now()), { passive: true });
  setInterval(beat, BEAT);
}

/** Take the key of a scanned code out of the address bar at once: it must not stay in the history. */
function takeKey(): void {
  const token = location.hash.slice(1);
  if (!token || vault.value) return;
  history.replaceState(null, "", location.pathname);
  app.token = token;
  app.screen = "register";
}

function beat(): void {
  app.now = Date.now();
  if (vault.value && !app.isSyncing && Date.now() - lastTouch > IDLE) void lock();
  else void handIn();
}

async function onlineAgain(): Promise<void> {
  app.isOnline = true;
  await handIn();
}

/** Register this phone with the key from the QR code, under a new PIN; or give an account known here its new key. */
export async function register(pin: string): Promise<void> {
  const day = await new Server(app.token).day();
  const { account, post, device } = day.who;
  const known = app.profiles.some((one) => one.account === account);
  const opened = known ? await unlock(account, pin) : await create(account, `${post} · ${device}`, pin);
  await opened.putBox("token", app.token);
  app.token = "";
  void navigator.storage?.persist?.();
  await enter(opened);
}

export async function enter(opened: Vault): Promise<void> {
  app.isUpdating = true;
  vault.value = opened;
  lastTouch = Date.now();
  holdAlone(opened.account);
  const token = await opened.box<string>("token");
  server = token ? new Server(token) : null;
  app.isEnded = !token;
  app.day = await opened.box<Day>("day");
  await reload();
  app.screen = "today";
  await Promise.all([updateDay(), measureStorage()]);
  warm(opened, app.day?.forms.map((form) => form.key) ?? []);
  await handIn();
}

/** One tab works on an account's records. A later one takes over, the earlier saves what is open and locks itself. */
function holdAlone(account: string): void {
  const forever = () => new Promise<never>(() => undefined);
  navigator.locks.request(`duban-open-${account}`, { steal: true }, forever).catch(() => void lock());
}

/** Say how the open record is saved when the app locks itself or goes out of sight. */
export function whenLeaving(saves: () => Promise<unknown>): void {
  keepOpen = saves;
}

/** Forget the key in memory, after the last edit is kept. */
export async function lock(): Promise<void> {
  await keepOpen();
  location.reload();
}

export async function reload(): Promise<void> {
  if (vault.value) app.records = await vault.value.drafts();
}

export async function updateDay(): Promise<void> {
  const own = vault.value;
  if (!own || !server) return;
  app.isUpdating = true;
  try {
    const day = await server.day();
    for (const form of day.forms) {
      const kept = await own.box<KeptForm>(`form:${form.key}`);
      const xml = kept?.xml ?? (await server.text(`forms/${form.key}.xml`));
      const files: Record<string, string> = {};
      for (const name of form.files) files[name] = await server.text(`forms/${form.key}/${name}`);
      await own.putBox(`form:${form.key}`, { xml, files } satisfies KeptForm);
    }
    await keepPictures(own, day);
    await own.putBox("day", day);
    app.day = day;
    refreshForms();
    app.isOnline = true;
    app.skew = clock.skew;
    await dropOld(day.day);
  } catch (error) {
    await meet(error);
  } finally {
    app.isUpdating = false;
  }
}

/** Take the photos of what is to be checked along; one that does not come is not worth losing the day over. */
async function keepPictures(own: Vault, day: Day): Promise<void> {
  const keys = new Set((day.checks ?? []).flatMap((one) => [one.before, one.after]).filter(Boolean));
  await own.dropBoxes("photo:", new Set([...keys].map((key) => `photo:${key}`)));
  for (const key of keys) {
    if (await own.box(`photo:${key}`)) continue;
    try {
      await own.putBox(`photo:${key}`, await dataUrl(await server!.picture(key)));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }
}

const dataUrl = (blob: Blob): Promise<string> =>
  new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result as string);
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(blob);
  });

/** What was handed in stays in the day's list and goes with the day. */
async function dropOld(today: string): Promise<void> {
  for (const row of app.records) if (row.state === "sent" && row.day < today) await vault.value?.dropDraft(row.id);
  await reload();
}

export async function act(path: "depart" | "reveal", id: string): Promise<void> {
  try {
    await server?.act(path, id);
    await updateDay();
  } catch (error) {
    await meet(error);
  }
}

/** Say what went wrong. Only the server's own word "revoked" makes the phone forget. */
async function meet(error: unknown): Promise<void> {
  if (error instanceof Refused && error.code === "device_revoked") await end();
  else if (error instanceof Refused) app.notice = error.message;
  else if (isLost(error)) app.isOnline = false;
  else app.notice = isFull(error) ? t("手机存储已满，刚才的内容没有保存。请先交出记录或清理手机。") : String(error);
}

/** The phone was taken off the list: what it downloaded goes; what was not handed in stays sealed until it is registered anew. */
async function end(): Promise<void> {
  const account = vault.value!.account;
  await keepOpen();
  if (!(await forgetDownloads(account))) sessionStorage.setItem("forgotten", "1");
  location.reload();
}

const isLost = (error: unknown): boolean => error instanceof TypeError || error instanceof Lost || (error instanceof DOMException && ["TimeoutError", "AbortError", "NetworkError"].includes(error.name));
const isFull = (error: unknown): boolean => error instanceof DOMException && error.name === "QuotaExceededError";

export async function measureStorage(): Promise<void> {
  const { quota = Infinity, usage = 0 } = (await navigator.storage?.estimate?.()) ?? {};
  app.isTight = quota - usage < TIGHT;
}

export async function save(draft: Draft, state: RecordState = "draft"): Promise<boolean> {
  try {
    await vault.value!.putDraft(draft, state, state === "queued" ? Date.now() : 0);
    await reload();
    return true;
  } catch (error) {
    await meet(error);
    return false;
  }
}

export async function keepPhoto(record: string, photo: File): Promise<boolean> {
  try {
    await vault.value!.putPhoto(record, photo.name, photo);
    void measureStorage();
    return true;
  } catch (error) {
    await meet(error);
    return false;
  }
}

export const unsent = (): Row[] => app.records.filter((row) => row.state === "queued" || row.state === "refused");
/** What would be lost if the phone were cleared now, unfinished records too. */
export const kept = (): Row[] => app.records.filter((row) => row.state !== "sent");
export const isLate = (row: Row): boolean => row.state !== "draft" && row.state !== "sent" && row.queuedAt > 0 && app.now - row.queuedAt > LATE;

/** Hand in what is queued, oldest first, photo by photo. One tab at a time; what was taken is not sent again. */
export async function handIn(): Promise<void> {
  if (!vault.value || !server || app.isSyncing) return;
  clearTimeout(again);
  await navigator.locks.request("duban-hand-in", { ifAvailable: true }, async (held) => {
    if (!held) return;
    app.isSyncing = true;
    try {
      await reload();
      const queued = app.records.filter((row) => row.state === "queued").sort((a, b) => a.queuedAt - b.queuedAt);
      wait = (await allHandedIn(queued)) ? SOON : Math.min(wait * 2, BEAT);
      if (wait > SOON) again = window.setTimeout(() => void handIn(), wait / 2);
    } finally {
      app.isSyncing = false;
      app.progress = "";
      app.skew = clock.skew;
      await reload();
    }
  });
}

async function allHandedIn(rows: Row[]): Promise<boolean> {
  for (const row of rows) if (!(await handInOne(row))) return false;
  return true;
}

/** Return whether the next record may be tried. */
async function handInOne(row: Row): Promise<boolean> {
  const own = vault.value!;
  try {
    if (isCheck(row)) {
      app.progress = row.title;
      await server!.check(row.form === "verify" ? "verify" : "look-back", posted(row));
      await own.putDraft({ ...draftOf(row), message: "" }, "sent");
      app.isOnline = true;
      return true;
    }
    const named = (await own.photosOf(row.id)).filter((one) => row.xml.includes(one.name));
    const waiting = named.filter((one) => !one.sent);
    const parts = waiting.length ? waiting : [null];
    for (const [index, part] of parts.entries()) {
      app.progress = `${row.title} ${named.length - waiting.length + index}/${named.length}`;
      const photo = part ? await own.photo(row.id, part.name) : null;
      await server!.hand(row.xml, photo, index === parts.length - 1);
      wait = SOON;
      if (part) await own.markSent(part);
    }
    await own.putDraft({ ...draftOf(row), message: "" }, "sent");
    for (const photo of await own.photosOf(row.id)) await own.dropPhoto(row.id, photo.name);
    app.isOnline = true;
    return true;
  } catch (error) {
    if (isFinal(error)) {
      await own.putDraft({ ...draftOf(row), message: error.message }, "refused", row.queuedAt);
      return true;
    }
    await meet(error);
    return false;
  }
}

export function draftOf({ id, form, xml, title, day, slot, changedAt, message }: Row): Draft {
  return { id, form, xml, title, day, slot, changedAt, message };
}

export function draftFrom(xml: string, form: string, title: string, slot: string): Draft {
  const day = app.day?.day ?? new Date().toISOString().slice(0, 10);
  return { id: idOf(xml), form, xml, title, day, slot, changedAt: Date.now(), message: "" };
}

export async function drop(id: string): Promise<void> {
  await vault.value?.dropDraft(id);
  await reload();
}

export function open(id: string): void {
  const row = app.records.find((one) => one.id === id);
  app.visit = id;
  app.screen = row && isCheck(row) ? "check" : "visit";
}

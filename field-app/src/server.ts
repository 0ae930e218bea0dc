// The server as the phone sees it: the OpenRosa door of its key, and the day's package.
export type Site = {
  lines: Record<string, string>; // responsibility line -> the unit that answers for it here
  code: string;
  name: string;
  address: string;
  duty_phone?: string;
  kind: string;
  checklist: string;
  findings: { fact: string; at: string; state: string }[];
  orders: { number: string; fact: string; due: string }[];
  notes: string[];
  others: { team: string; at: string }[];
};
export type Place = { id: string; ordinal: number; opens_at: string | null; site: Site | null };
export type Dispatch = { id: string; team: string; state: string; vehicle: string; places: Place[] };
export type FormRow = { id: string; version: string; code: string; title: string; key: string; files: string[]; may_locate: boolean; facts: Record<string, string> };
export type CheckRow = {
  kind: "verify" | "look_back";
  id: string;
  number: string;
  fact: string;
  severity: string;
  unit: string;
  site: string;
  site_code: string;
  address: string;
  before: string; // a photo's key, or empty
  after: string;
  order: string;
  asked: string;
  reply: string;
  needs_site: boolean;
  due: string;
};
export type Day = {
  checks: CheckRow[];
  now: string;
  day: string;
  who: { account: string; post: string; device: string; expires_at: string };
  campaigns: { title: string; cutoff: string; measures: { text: string; exceptions: string }[] }[];
  forms: FormRow[];
  dispatches: Dispatch[];
  points: { text: string; is_must_ask: boolean }[];
};

/** The server answered and said no; `code` is stable, the message is for the person. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** No answer, or one that did not come from a Duban server (a portal, a proxy): nothing may be concluded from it. */
export class Lost extends Error {}

const RECEIVED = [201, 202];
const AGAIN = ["wrong_digest", "device_expired", "device_revoked", "unknown_device"];

/** Test whether sending the same again cannot help: the server itself said what is wrong with the record. */
export const isFinal = (error: unknown): error is Refused =>
  error instanceof Refused && error.status < 500 && error.code !== "" && !AGAIN.includes(error.code);

export const clock = { skew: 0 }; // seconds the phone is ahead of the server, as last measured

const PATIENCE = 60_000;

export class Server {
  constructor(private readonly token: string) {}

  private async ask(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("X-Duban-Device-Time", new Date().toISOString());
    const sent = Date.now();
    const answer = await fetch(`key/${this.token}/${path}`, {
      ...init,
      headers,
      credentials: "omit",
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (answer.headers.get("X-OpenRosa-Version") !== "1.0") throw new Lost(`HTTP ${answer.status}`);
    measure(answer, sent);
    if (!answer.ok) throw await refusal(answer);
    return answer;
  }

  async day(): Promise<Day> {
    return (await this.ask("day")).json() as Promise<Day>;
  }

  async text(path: string): Promise<string> {
    return (await this.ask(path)).text();
  }

  async picture(key: string): Promise<Blob> {
    return (await this.ask(`photos/${key}.jpg`)).blob();
  }

  async check(path: "verify" | "look-back", values: Record<string, string>): Promise<void> {
    const answer = await this.ask(path, { method: "POST", body: new URLSearchParams(values) });
    if (!RECEIVED.includes(answer.status)) throw new Lost(`HTTP ${answer.status}`);
  }

  async act(path: "depart" | "reveal", id: string): Promise<void> {
    await this.ask(path, { method: "POST", body: new URLSearchParams({ id }) });
  }

  async hand(xml: string, photo: File | null, isLast: boolean): Promise<void> {
    const body = new FormData();
    body.set("xml_submission_file", new File([xml], "record.xml", { type: "text/xml" }));
    const headers: Record<string, string> = {};
    if (photo) {
      body.set(photo.name, photo);
      headers["X-Duban-File-Digest"] = `sha256=${await digest(await photo.arrayBuffer())}`;
    }
    if (!isLast) body.set("*isIncomplete*", "yes");
    const answer = await this.ask("submission", { method: "POST", body, headers });
    if (!RECEIVED.includes(answer.status)) throw new Lost(`HTTP ${answer.status}`);
  }
}

function measure(answer: Response, sent: number): void {
  const told = Date.parse(answer.headers.get("Date") ?? "");
  if (!Number.isNaN(told)) clock.skew = Math.round(((sent + Date.now()) / 2 - told) / 1000);
}

async function refusal(answer: Response): Promise<Refused> {
  const text = await answer.text();
  const message = new DOMParser().parseFromString(text, "text/xml").querySelector("message")?.textContent;
  return new Refused(answer.status, answer.headers.get("X-Duban-Code") ?? "", message || `HTTP ${answer.status}`);
}

async function digest(content: ArrayBuffer): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  return Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
}

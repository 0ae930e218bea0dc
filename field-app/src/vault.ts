// What the phone keeps, under a key that needs the PIN. IndexedDB holds ciphertext; in clear are only ids, states, sizes
// and the name the phone was registered under. Photos have a store of their own (FIELD.md: a restored form loses them).
import { openDB, type DBSchema, type IDBPDatabase } from "idb";

type Sealed = { iv: Uint8Array<ArrayBuffer>; data: ArrayBuffer };
export type RecordState = "draft" | "queued" | "refused" | "sent";

export type Profile = {
  account: string;
  label: string;
  salt: Uint8Array<ArrayBuffer>;
  rounds: number;
  wrapped: Sealed;
  tries: number;
  waitUntil: number;
};
export type StoredRecord = { id: string; account: string; state: RecordState; queuedAt: number; sealed: Sealed };
export type StoredPhoto = { record: string; name: string; account: string; size: number; sent: boolean; sealed: Sealed };

export type Draft = {
  id: string; // the instanceID's UUID: the visit's id on the server
  form: string; // which kept form it fills in
  xml: string;
  title: string;
  day: string;
  slot: string;
  changedAt: number;
  message: string; // what the server said when it refused
};

interface Schema extends DBSchema {
  profiles: { key: string; value: Profile };
  boxes: { key: [string, string]; value: { account: string; name: string; sealed: Sealed } };
  records: { key: string; value: StoredRecord; indexes: { account: string } };
  photos: { key: [string, string]; value: StoredPhoto; indexes: { record: string } };
}

const ROUNDS = 310_000;
const FREE_TRIES = 5;
const LONGEST_WAIT = 15 * 60_000;
let opened: Promise<IDBPDatabase<Schema>> | null = null;

function database(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>("duban-field", 1, {
    upgrade(db) {
      db.createObjectStore("profiles", { keyPath: "account" });
      db.createObjectStore("boxes", { keyPath: ["account", "name"] });
      db.createObjectStore("records", { keyPath: "id" }).createIndex("account", "account");
      db.createObjectStore("photos", { keyPath: ["record", "name"] }).createIndex("record", "record");
    },
  });
  return opened;
}

/** Write through to the disk: a phone that loses power right after must still have it. */
async function lasting<Name extends "records" | "photos">(name: Name, value: Schema[Name]["value"]): Promise<void> {
  const work = (await database()).transaction(name, "readwrite", { durability: "strict" });
  await Promise.all([work.store.put(value), work.done]);
}

export class WrongPin extends Error {
  constructor(public readonly waitUntil: number) {
    super("wrong pin");
  }
}

export async function profiles(): Promise<Profile[]> {
  return (await database()).getAll("profiles");
}

async function keyOf(pin: string, salt: Uint8Array<ArrayBuffer>, rounds: number): Promise<CryptoKey> {
  const raw = await crypto.subtle.importKey("raw", new TextEncoder().encode(pin), "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds };
  return crypto.subtle.deriveKey(how, raw, { name: "AES-GCM", length: 256 }, false, ["wrapKey", "unwrapKey"]);
}

const fresh = (count: number): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(count));

async function wrap(key: CryptoKey, pin: string): Promise<Pick<Profile, "salt" | "rounds" | "wrapped">> {
  const salt = fresh(16);
  const iv = fresh(12);
  const outer = await keyOf(pin, salt, ROUNDS);
  return { salt, rounds: ROUNDS, wrapped: { iv, data: await crypto.subtle.wrapKey("raw", key, outer, { name: "AES-GCM", iv }) } };
}

/** Make the place of an account on this phone. Its data key never leaves the browser's key store in clear. */
export async function create(account: string, label: string, pin: string): Promise<Vault> {
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt", "decrypt"]);
  await (await database()).put("profiles", { account, label, ...(await wrap(key, pin)), tries: 0, waitUntil: 0 });
  return unlock(account, pin);
}

/** Open the place of an account. A wrong PIN costs time after a few tries; it never costs data. */
export async function unlock(account: string, pin: string): Promise<Vault> {
  const db = await database();
  const profile = await db.get("profiles", account);
  if (!profile || profile.waitUntil > Date.now()) throw new WrongPin(profile?.waitUntil ?? 0);
  const { wrapped, salt, rounds } = profile;
  try {
    const outer = await keyOf(pin, salt, rounds);
    const how = { name: "AES-GCM", iv: wrapped.iv };
    const key = await crypto.subtle.unwrapKey("raw", wrapped.data, outer, how, "AES-GCM", false, ["encrypt", "decrypt"]);
    if (profile.tries) await db.put("profiles", { ...profile, tries: 0, waitUntil: 0 });
    return new Vault(account, profile.label, key);
  } catch {
    const tries = profile.tries + 1;
    const over = tries - FREE_TRIES;
    const waitUntil = over >= 0 ? Date.now() + Math.min(30_000 * 2 ** over, LONGEST_WAIT) : 0;
    await db.put("profiles", { ...profile, tries, waitUntil });
    throw new WrongPin(waitUntil);
  }
}

/** Take everything of an account off this phone. */
export function forget(account: string): Promise<void> {
  return clear(account, false);
}

/** Take off what was downloaded and handed in; what was not handed in stays sealed. Return whether any of that is there. */
export async function forgetDownloads(account: string): Promise<boolean> {
  const rows = await (await database()).getAllFromIndex("records", "account", account);
  const hasUnsent = rows.some((row) => row.state !== "sent");
  await clear(account, hasUnsent);
  return hasUnsent;
}

async function clear(account: string, keepsUnsent: boolean): Promise<void> {
  const db = await database();
  const all = await db.getAllFromIndex("records", "account", account);
  const records = all.filter((row) => !keepsUnsent || row.state === "sent");
  const work = db.transaction(["profiles", "boxes", "records", "photos"], "readwrite");
  for (const { id } of records) {
    for (const key of await work.objectStore("photos").index("record").getAllKeys(id)) {
      await work.objectStore("photos").delete(key);
    }
    await work.objectStore("records").delete(id);
  }
  await work.objectStore("boxes").delete(IDBKeyRange.bound([account, ""], [account, "\uffff"]));
  if (!keepsUnsent) await work.objectStore("profiles").delete(account);
  await work.done;
}

export class Vault {
  constructor(
    readonly account: string,
    readonly label: string,
    private readonly key: CryptoKey,
  ) {}

  private async seal(data: BufferSource): Promise<Sealed> {
    const iv = fresh(12);
    return { iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, this.key, data) };
  }

  private open({ iv, data }: Sealed): Promise<ArrayBuffer> {
    return crypto.subtle.decrypt({ name: "AES-GCM", iv }, this.key, data);
  }

  private sealJson(value: unknown): Promise<Sealed> {
    return this.seal(new TextEncoder().encode(JSON.stringify(value)));
  }

  private async openJson<T>(sealed: Sealed): Promise<T> {
    return JSON.parse(new TextDecoder().decode(await this.open(sealed))) as T;
  }

  async putBox(name: string, value: unknown): Promise<void> {
    const sealed = await this.sealJson(value);
    await (await database()).put("boxes", { account: this.account, name, sealed });
  }

  async box<T>(name: string): Promise<T | null> {
    const found = await (await database()).get("boxes", [this.account, name]);
    return found ? this.openJson<T>(found.sealed) : null;
  }

  /** Drop what was kept under a kind of name and is not wanted any more. */
  async dropBoxes(prefix: string, wanted: Set<string>): Promise<void> {
    const db = await database();
    const keys = await db.getAllKeys("boxes", IDBKeyRange.bound([this.account, prefix], [this.account, `${prefix}\uffff`]));
    for (const key of keys) if (!wanted.has(key[1])) await db.delete("boxes", key);
  }

  async putDraft(draft: Draft, state: RecordState, queuedAt = 0): Promise<void> {
    const sealed = await this.sealJson(draft);
    await lasting("records", { id: draft.id, account: this.account, state, queuedAt, sealed });
  }

  async drafts(): Promise<(Draft & { state: RecordState; queuedAt: number })[]> {
    const rows = await (await database()).getAllFromIndex("records", "account", this.account);
    const open = await Promise.all(rows.map(async (row) => ({ ...(await this.openJson<Draft>(row.sealed)), state: row.state, queuedAt: row.queuedAt })));
    return open.sort((one, other) => other.changedAt - one.changedAt);
  }

  async dropDraft(id: string): Promise<void> {
    const db = await database();
    for (const photo of await this.photosOf(id)) await db.delete("photos", [id, photo.name]);
    await db.delete("records", id);
  }

  async putPhoto(record: string, name: string, content: Blob): Promise<void> {
    const sealed = await this.seal(await content.arrayBuffer());
    await lasting("photos", { record, name, account: this.account, size: content.size, sent: false, sealed });
  }

  async photosOf(record: string): Promise<StoredPhoto[]> {
    return (await database()).getAllFromIndex("photos", "record", record);
  }

  async photo(record: string, name: string): Promise<File | null> {
    const found = await (await database()).get("photos", [record, name]);
    return found ? new File([await this.open(found.sealed)], name, { type: "image/jpeg" }) : null;
  }

  async markSent(photo: StoredPhoto): Promise<void> {
    await (await database()).put("photos", { ...photo, sent: true });
  }

  async dropPhoto(record: string, name: string): Promise<void> {
    await (await database()).delete("photos", [record, name]);
  }
}

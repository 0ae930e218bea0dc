// Kept forms and their instances. The engine (the largest part of the app) is loaded when the first form is opened.
import type { AnyNode, LoadFormResult, RootNode } from "@getodk/xforms-engine";
import { reactive } from "vue";
import type { Vault } from "./vault";

export type KeptForm = { xml: string; files: Record<string, string> };

const XML_PART = "xml_submission_file";
const loaded = new Map<string, Promise<LoadFormResult>>();

const config = {
  stateFactory: reactive,
  instanceAttachments: {
    // Photos get their name when they are taken; the engine must not think of another.
    fileNameFactory: (meta: { basename: string; extension: string | null }) => `${meta.basename}${meta.extension ?? ""}`,
  },
};

/** Drop what is parsed: the lists of a form (today's places) may have changed. */
export function refresh(): void {
  loaded.clear();
}

async function load(vault: Vault, key: string): Promise<LoadFormResult> {
  const kept = await vault.box<KeptForm>(`form:${key}`);
  if (!kept) throw new Error("form not kept");
  const { loadForm } = await import("@getodk/xforms-engine");
  const result = await loadForm(kept.xml, {
    fetchFormAttachment: async (url: URL) => {
      const name = url.pathname.split("/").pop() ?? "";
      return new Response(kept.files[name] ?? "", { headers: { "Content-Type": "text/csv" } });
    },
  } as never);
  if (result.status === "failure") throw result.error;
  return result;
}

async function formOf(vault: Vault, key: string): Promise<Exclude<LoadFormResult, { status: "failure" }>> {
  if (!loaded.has(key)) loaded.set(key, load(vault, key));
  try {
    return (await loaded.get(key)) as Exclude<LoadFormResult, { status: "failure" }>;
  } catch (error) {
    loaded.delete(key);
    throw error;
  }
}

/** Load the engine and parse the kept forms while nothing else is to do, so that the first visit opens at once. */
export function warm(vault: Vault, keys: string[]): void {
  const go = async (): Promise<void> => {
    for (const key of keys) await formOf(vault, key).catch(() => undefined); // opening the form says what is wrong
  };
  if ("requestIdleCallback" in globalThis) requestIdleCallback(() => void go());
  else setTimeout(() => void go(), 1000);
}

export async function begin(vault: Vault, key: string): Promise<RootNode> {
  return (await formOf(vault, key)).createInstance(config as never).root;
}

export async function restore(vault: Vault, key: string, record: string, xml: string): Promise<RootNode> {
  const data = new FormData();
  data.set(XML_PART, new File([xml], XML_PART, { type: "text/xml" }));
  for (const { name } of await vault.photosOf(record)) {
    const photo = await vault.photo(record, name);
    if (photo) data.set(name, photo);
  }
  return (await (await formOf(vault, key)).restoreInstance({ data: [data] } as never, config as never)).root;
}

export async function xmlOf(root: RootNode): Promise<string> {
  const payload = await root.prepareInstancePayload({ payloadType: "monolithic" });
  return payload.data[0].get(XML_PART).text();
}

export function idOf(xml: string): string {
  return /<(?:\w+:)?instanceID>(?:uuid:)?([0-9a-f-]{36})</i.exec(xml)?.[1] ?? "";
}

/** Return the node whose reference ends with `path`, e.g. "/duban_visit/site". */
export function find(root: RootNode, path: string): AnyNode | null {
  const walk = (node: AnyNode): AnyNode | null => {
    if (node.currentState.reference.endsWith(path)) return node;
    for (const child of (node.currentState.children ?? []) as readonly AnyNode[]) {
      const found = walk(child);
      if (found) return found;
    }
    return null;
  };
  return walk(root as AnyNode);
}

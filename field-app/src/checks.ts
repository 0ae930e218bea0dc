// A verification or look-back as the phone keeps it: one more kind of record in the same store and queue.
import type { Draft } from "./vault";
import type { CheckRow } from "./server";

export type Result = { choice: string; method: string; words: string };
export type Kept = { target: string; about: CheckRow; result: Result; toldAt: string };

export const METHODS = [
  { value: "on_site", label: "现场核验" },
  { value: "photos", label: "照片核验" },
  { value: "documents", label: "资料核验" },
];
export const OUTCOMES: Record<CheckRow["kind"], { value: string; label: string }[]> = {
  verify: [
    { value: "passed", label: "通过，予以销号" },
    { value: "sent_back", label: "未到位，退回整改" },
    { value: "false", label: "与反馈不符" },
  ],
  look_back: [
    { value: "yes", label: "未反弹" },
    { value: "no", label: "已反弹" },
  ],
};

export const TITLES = { verify: "核验", look_back: "回头看" };
export const BEGIN = { verify: "核验", look_back: "登记回头看" };
export const RESULT = { verify: "核验结果", look_back: "回头看结果" };
export const WORDS = { verify: "核验意见", look_back: "现场情况" };
export const FOLLOWS: Record<string, string> = { no: "已销号的问题将重新整改，并提出倒查。", false: "将登记为弄虚作假，并提出倒查。" };

export const isCheck = (row: Draft): boolean => row.form === "verify" || row.form === "look_back";
export const asCheck = (row: Draft): Kept => JSON.parse(row.xml) as Kept;

export function begun(check: CheckRow, day: string): Draft {
  const kept: Kept = { target: check.id, about: check, result: { choice: "", method: "on_site", words: "" }, toldAt: "" };
  return { id: crypto.randomUUID(), form: check.kind, xml: JSON.stringify(kept), title: check.site, day, slot: check.id, changedAt: Date.now(), message: "" };
}

/** Return what the server takes. */
export function posted(row: Draft): Record<string, string> {
  const { target, result, toldAt } = asCheck(row);
  const own: Record<string, string> = row.form === "verify" ? { id: row.id, outcome: result.choice, method: result.method, opinion: result.words } : { held: result.choice, note: result.words };
  return { target, told_at: toldAt, ...own };
}

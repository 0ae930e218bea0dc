// The texts of the app: Chinese in the source, English here.
import { ref } from "vue";

const KEPT = "duban-language";
export const language = ref<"zh" | "en">(localStorage.getItem(KEPT) === "en" ? "en" : "zh");

export function setLanguage(wanted: string): void {
  language.value = wanted === "en" ? "en" : "zh";
  localStorage.setItem(KEPT, language.value);
  document.documentElement.lang = language.value === "en" ? "en" : "zh-CN";
}

const STATES: Record<string, string> = { draft: "草稿", queued: "待交", refused: "被退回", sent: "已交出" };

/** Return a text in the language of the app, with {names} filled in. */
export function t(text: string, values: Record<string, unknown> = {}): string {
  const chinese = STATES[text] ?? text;
  const found = language.value === "en" ? (ENGLISH[chinese] ?? chinese) : chinese;
  return found.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export const clockOf = (moment: string): string => moment.slice(11, 16);
export const dayOf = (moment: string): string => `${Number(moment.slice(5, 7))}-${Number(moment.slice(8, 10))}`;

/** Say a limit as offices do: the end of a day is 24:00 of that day. A limit without a time is a day. */
export function limitOf(moment: string): string {
  if (moment.length <= 10) return dayOf(moment);
  if (clockOf(moment) !== "00:00") return `${dayOf(moment)} ${clockOf(moment)}`;
  const before = new Date(Date.parse(moment) - 1 + 8 * 3600_000).toISOString(); // the office's clock, UTC+8
  return `${dayOf(before)} 24:00`;
}

export const ENGLISH: Record<string, string> = {
  放弃: "Discard", 核验: "Verify", 回头看: "Look back", "待核验、回头看": "To verify or look at again", 登记回头看: "Record look-back", 要求: "Required",
  单位反馈: "The unit's reply", 责任单位: "Responsible unit", 地址: "Address", 期限: "Limit", 核验结果: "Result", 回头看结果: "Result",
  核验方式: "How", 核验意见: "Opinion", 现场情况: "What is there now", 现场核验: "At the site", 照片核验: "By photos", 资料核验: "By documents",
  "通过，予以销号": "Passed, written off", "未到位，退回整改": "Not done, sent back", 与反馈不符: "Reply is false", 未反弹: "Still in order", 已反弹: "Has come back",
  "请选结果。": "Choose a result.", "请写明情况。": "Write what you saw.",
  "已销号的问题将重新整改，并提出倒查。": "The finding opens again and a trace-back is proposed.",
  "将登记为弄虚作假，并提出倒查。": "It is registered as a false reply and a trace-back is proposed.",
  值班电话: "Duty phone", 事实: "Fact",
  督办: "Duban", 在线: "Online", 离线: "Offline", 锁定: "Lock", "有新版本。": "A new version is ready.", 更新: "Update",
  "手机存储快满了，请尽快交出记录或清理手机。": "The phone's storage is nearly full. Hand in records or clear space soon.",
  知道了: "OK", 导航: "Navigation", 今日: "Today", 待交: "To hand in", 设置: "Settings",
  "手机存储已满，刚才的内容没有保存。请先交出记录或清理手机。": "The phone's storage is full; the last change was not saved. Hand in records or clear space first.",
  "解锁码至少6位。": "The PIN needs at least 6 digits.", "两次输入的解锁码不一样。": "The two PINs differ.",
  "解锁码不对，请等{n}秒再试。": "Wrong PIN. Try again in {n} seconds.", "解锁码不对。": "Wrong PIN.",
  "连不上服务器。登记时须有信号。": "The server cannot be reached. Registering needs a signal.",
  "这部手机已被停用，本机资料已全部清除。": "This phone was taken off the list; everything on it has been deleted.",
  登记这部手机: "Register this phone", 解锁: "Unlock",
  "设一个解锁码。本机资料用它加密；忘记了只能重新登记，未交的记录打不开。": "Choose a PIN. It encrypts what is kept here; if it is forgotten, the phone must be registered anew and unsent records cannot be opened.",
  谁在用: "Who is using it", 解锁码: "PIN", 再输一次: "Once more", "请稍候…": "Please wait…", 登记: "Register", 还没有登记: "Not registered yet",
  "请在电脑上登录督办，打开“手机”页登记，用这部手机扫页面上的码。": "Sign in to Duban on a computer, register the phone on the page “Phones” and scan the code there with this phone.",
  "这是{day}的安排，有信号时请更新。": "This is the plan of {day}. Update when there is a signal.",
  "有{n}条记录超过24小时没有交出。": "{n} records have been waiting for more than 24 hours.",
  "手机时钟与服务器差{n}分钟，时间以服务器为准。": "The phone's clock is {n} minutes off; the server's time counts.",
  出发: "Set out", 继续填写: "Go on", 开始检查: "Start the visit", 封存点位: "Sealed place", "{time}后启封": "opens after {time}", 启封: "Open",
  "今日没有安排派出。": "No dispatch today.", 督导要点: "Key points", 必问: "Must ask", 措施的例外情形: "Exceptions of measures", "例外：": "Except: ",
  没有做完的: "Unfinished", 检查安排以外的点位: "Visit another place", "今日已交出{n}条。": "{n} handed in today.",
  "还没有下载今日安排。": "Today's plan has not been downloaded yet.", "正在更新…": "Updating…", 更新今日安排: "Update today's plan", 不在今日安排内的点位: "A place outside today's plan",
  "48小时内有别的组来过：": "Visited by others within 48 hours:", 未销号交办: "Open orders", "限{time}": "due {time}", 以前的问题: "Earlier findings",
  "都已交出。": "Everything is handed in.", "正在交出：": "Handing in: ", "没有信号，有信号时自动交出。": "No signal; records go out by themselves when there is one.",
  "照片 {sent}/{all}，{size}KB": "Photos {sent}/{all}, {size} KB", "超过24小时没有交出。": "Waiting for more than 24 hours.", 修改后再交: "Change and hand in", 现在交出: "Hand in now",
  岗位: "Post", 手机: "Phone", 登记有效期至: "Registered until", 存储: "Storage", 时钟偏差: "Clock off by", 秒: "s", 语言: "Language", 清除本机资料: "Delete everything here",
  "还有{n}条记录没有交出，清除后无法找回。": "{n} records are not handed in; they cannot be recovered.", "清除后须重新登记。": "The phone must then be registered anew.", 确定清除: "Delete", 不清除: "Keep",
  "打不开这条记录：": "The record cannot be opened: ", "还有{n}处没有填好。": "{n} answers are missing or wrong.", 问题: "Findings", 检查表: "Checklist", "已存 {time}": "Saved {time}", "正在保存…": "Saving…", 步骤: "Steps",
  上一步: "Back", 下一步: "Next", "做完，交出": "Done, hand in", 其他: "More", 放弃这条记录: "Discard this record", "照片和填写的内容都会删除。": "Photos and answers will be deleted.", 确定放弃: "Discard", 不放弃: "Keep", "正在打开…": "Opening…",
  "这一项必填。": "An answer is needed.", "填写不合要求。": "This answer is not allowed.", 没有填写: "Empty", 好了: "Done", 删去: "Remove", 加一条: "Add", 必填: "required", 已知悉: "Read", 没有定位: "No position", "没有取到定位：请在手机上允许定位，到开阔处再试。": "No position: allow it on the phone and try again in the open.", 定位: "Locate",
  "这类题手机上还不能填，请在电脑上补录。": "This kind of question cannot be answered on the phone yet; please enter it on a computer.",
  更改: "change", 搜索: "Search", "没有符合的选项。": "No such choice.", "这个文件不是照片。": "This file is not a photo.", "在人脸、车牌上拖一下，把它遮住。": "Drag over faces and number plates to cover them.",
  用这张: "Use it", 撤销遮挡: "Undo", 不用: "Cancel", 照片: "Photo", 换一张: "Take another", 拍照或选照片: "Take or choose a photo", 签字: "Signature", 重签: "Sign again", 用这个签字: "Use this signature", 擦去: "Erase",
  "这部手机已被停用，下载的资料已经清除。下面{n}条还没有交出，仍加密存在本机。请联系专班，用同一账号重新登记这部手机，记录会自动交出。":
    "This phone was taken off the list; what it had downloaded is deleted. The {n} records below are not handed in and stay encrypted here. Ask the office and register this phone anew for the same account; the records then go out by themselves.",
  "填写：{blank}": "Fill in: {blank}",
  "本专项监督不记录定位。": "This campaign does not record positions.",
  草稿: "Draft", 被退回: "Returned", 已交出: "Handed in",
};

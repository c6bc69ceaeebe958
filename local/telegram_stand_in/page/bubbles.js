// One message as a bubble: its content, time and marks, and the buttons below it.

import { element, icon, link } from "./elements.js";
import { formattedText, richBlocks } from "./formatting.js";
import { answerTo, pressAs } from "./phone.js";

/** Returns the time of day, as the phone shows it. */
export function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString("ru", { hour: "2-digit", minute: "2-digit" });
}

/** Returns the day, as the line between two days names it. */
export function dayName(seconds) {
  const day = new Date(seconds * 1000);
  const isThisYear = day.getFullYear() === new Date().getFullYear();
  return day.toLocaleDateString("ru", { day: "numeric", month: "long", ...(isThisYear ? {} : { year: "numeric" }) });
}

/** Returns what a message consists of, or consisted of before an edit. */
function content(version) {
  const made = element("div", version.rich ? "rich" : "text");
  made.append(...(version.rich ? richBlocks(version.rich) : formattedText(version.text, version.entities)));
  return made;
}

function media(message) {
  const { kind, file_id: fileId, name, size } = message.media;
  const address = `/page/files/${encodeURIComponent(fileId)}`;
  if (kind === "photo") {
    const picture = element("img", "photo");
    picture.src = address;
    picture.alt = name;
    return picture;
  }
  const made = element("a", "file", element("span", "file-icon", icon("file", "Файл")));
  made.href = address;
  made.append(element("span", "", element("strong", "", name), element("small", "", fileSize(size))));
  return made;
}

function fileSize(bytes) {
  if (bytes < 1024) return `${bytes} Б`;
  const kilobytes = bytes / 1024;
  const [amount, unit] = kilobytes < 1024 ? [kilobytes, "КБ"] : [kilobytes / 1024, "МБ"];
  return `${amount.toLocaleString("ru", { maximumFractionDigits: 1 })} ${unit}`;
}

function marks(message, showHistory) {
  const made = element("span", "marks");
  if (message.edited_at) {
    const edited = element("button", "edited", "изменено");
    edited.type = "button";
    edited.title = `Изменено в ${clock(message.edited_at)}. Показать, что было`;
    edited.addEventListener("click", showHistory);
    made.append(edited);
  }
  if (message.is_silent) made.append(icon("silent", "Пришло без звука"));
  if (message.is_protected) made.append(icon("protected", "Нельзя переслать и сохранить"));
  const time = element("time", "", clock(message.accepted_at));
  time.title = new Date(message.accepted_at * 1000).toLocaleString("ru");
  made.append(time);
  return made;
}

function history(message) {
  const versions = message.edits.map((version, number) => {
    const since = number ? message.edits[number - 1].edited_at : message.accepted_at;
    return element("div", "version", element("small", "", `Было с ${clock(since)} до ${clock(version.edited_at)}`), content(version));
  });
  const made = element("div", "history", ...versions);
  made.hidden = true;
  return made;
}

function replyButton(message) {
  const made = element("button", "reply", icon("reply", "Ответить"));
  made.type = "button";
  made.addEventListener("click", () => answerTo(message));
  return made;
}

/** Returns what a person has sent that is no text. */
function shared(extra) {
  const cards = {
    contact: (it) => ["person", it.first_name || "Контакт", `+${it.phone_number}`],
    voice: (it) => ["voice", "Голосовое сообщение", `${it.duration} с`],
    document: (it) => ["file", it.file_name, fileSize(it.file_size)],
    video: (it) => ["picture", "Видео", `${it.duration} с`],
    photo: () => ["picture", "Фото", ""],
    location: () => ["place", "Место на карте", ""],
  };
  if (extra.sticker) return [element("div", "sticker", extra.sticker.emoji)];
  return Object.keys(cards).filter((kind) => extra[kind]).map((kind) => {
    const [picture, title, note] = cards[kind](extra[kind]);
    const text = element("span", "", element("strong", "", title), note ? element("small", "", note) : null);
    return element("div", "file", element("span", "file-icon", icon(picture, title)), text);
  });
}

/** Returns the line above a message: who wrote it, for whom alone, in which topic. */
function sender(message, topic) {
  const extra = message.extra ?? {};
  const name = extra.sender_chat ? extra.sender_chat.title : message.sender?.first_name ?? "SanCRM";
  const alone = message.receiver && element("span", "alone", message.sender ? "видит только бот" : `видит только ${message.receiver.first_name}`);
  return element("div", "sender", name, alone, topic ? element("span", "topic", topic) : null);
}

function button(message, described) {
  if (described.url) return link(described.url, "button", described.text, icon("link", "Откроется в браузере"));
  const made = element("button", `button ${described.style ? `is-style-${described.style}` : ""}`, described.text);
  made.type = "button";
  made.addEventListener("click", () => pressAs(message, described.callback_data));
  return made;
}

/** Returns a message; `topic` is the name of the topic to show above it, if any. */
export function bubble(message, topic) {
  const isOwn = message.sender !== null;
  const extra = message.extra ?? {};
  const previous = history(message);
  const body = element("div", "bubble", sender(message, topic));
  if (message.receiver) body.classList.add("is-alone");
  if (extra.forward_origin) body.append(element("div", "forwarded", `Переслано от ${extra.forward_origin.sender_user.first_name}`));
  if (message.reply_to) body.append(element("div", "quoted", message.reply_to.text));
  if (message.media) body.append(media(message));
  const end = marks(message, () => { previous.hidden = !previous.hidden; });
  end.prepend(replyButton(message));
  body.append(...shared(extra), content(message), previous, end);
  const rows = message.buttons.map((row) => element("div", "button-row", ...row.map((one) => button(message, one))));
  const made = element("article", `message ${isOwn ? "is-own" : "is-bot"}`, element("div", "column", body, ...rows));
  if (message.rich) made.classList.add("is-rich");
  made.dataset.messageId = message.message_id;
  return made;
}

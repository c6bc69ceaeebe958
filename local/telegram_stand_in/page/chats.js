// The list of chats, the open conversation, and keeping both up to date without moving what is being read.

import { bubble, clock, dayName } from "./bubbles.js";
import { element, icon } from "./elements.js";
import { hold, personShown, welcome } from "./phone.js";

const PAUSE_MS = 1000;
const NEAR_THE_END_PX = 80;
const COLOURS = 7;
const STATUSES = {
  kicked: "бот удалён из чата",
  left: "бота нет в чате",
  deleted: "чат удалён",
  blocked: "бот заблокирован",
  deactivated: "пользователь удалён",
  not_started: "бот не запущен",
  restricted: "боту запрещено писать",
};
const KINDS = { private: "личный чат", group: "группа", supergroup: "супергруппа", channel: "канал" };

const page = Object.fromEntries(
  ["connection", "newcomer", "chats", "back", "face", "title", "subtitle", "topics", "messages", "down", "unread"]
    .map((id) => [id, document.getElementById(id)]),
);
const shown = { chatId: null, topic: null, lastChange: 0, chats: [], messages: new Map(), unread: 0, followsEnd: true, top: 0 };

function face(target, chat) {
  const letters = chat.title.match(/[\p{L}\p{N}]/gu) ?? ["?"];
  target.className = `face colour-${Math.abs(chat.chat_id) % COLOURS}`;
  target.textContent = letters[0].toUpperCase();
}

const KINDS_OF_CONTENT = {
  photo: "🖼 Фото", document: "📎 Файл", contact: "👤 Контакт", voice: "🎤 Голосовое", sticker: "Стикер", video: "📹 Видео", location: "📍 Место",
};

function preview(last) {
  if (!last) return "Сообщений пока нет";
  const what = KINDS_OF_CONTENT[last.media?.kind ?? Object.keys(last.extra ?? {}).find((kind) => kind in KINDS_OF_CONTENT)] ?? "";
  return [what, last.text.replace(/\s+/g, " ")].filter(Boolean).join(" · ");
}

function row(chat) {
  const picture = element("div");
  face(picture, chat);
  const time = chat.last ? element("time", "", clock(chat.last.accepted_at)) : null;
  const name = element("div", "row-name", element("strong", "", chat.title), time);
  const made = element("a", "row", picture, element("div", "row-text", name, element("p", "", preview(chat.last))));
  made.href = `#${chat.chat_id}`;
  if (chat.chat_id === shown.chatId) made.setAttribute("aria-current", "true");
  return made;
}

function showChats() {
  page.chats.replaceChildren(...shown.chats.map(row));
  const chat = shown.chats.find((one) => one.chat_id === shown.chatId);
  if (!chat) return;
  face(page.face, chat);
  page.title.textContent = chat.title;
  document.title = chat.title;
  page.subtitle.textContent = STATUSES[chat.status] ?? KINDS[chat.type];
  page.subtitle.classList.toggle("is-warning", chat.status in STATUSES);
  showTopics(chat);
}

function topicName(threadId) {
  const chat = shown.chats.find((one) => one.chat_id === shown.chatId);
  return chat?.topics[threadId]?.name;
}

function showTopics(chat) {
  const topics = Object.entries(chat.topics);
  page.topics.hidden = topics.length === 0;
  const tabs = [[null, "Все темы"], ...topics.map(([id, topic]) => [id, topic.closed ? `${topic.name} (закрыта)` : topic.name])];
  page.topics.replaceChildren(...tabs.map(([id, name]) => {
    const made = element("button", "tab", name);
    made.type = "button";
    made.setAttribute("aria-pressed", String(shown.topic === id));
    made.addEventListener("click", () => { shown.topic = id; showTopics(chat); showAll(); });
    return made;
  }));
}

function isInTopic(message) {
  return shown.topic === null || String(message.message_thread_id ?? 1) === shown.topic;
}

function isAtTheEnd() {
  return page.messages.scrollHeight - page.messages.scrollTop - page.messages.clientHeight < NEAR_THE_END_PX;
}

function toTheEnd() {
  page.messages.scrollTop = page.messages.scrollHeight;
  shown.followsEnd = true;
  showUnread(0);
}

function showUnread(number) {
  shown.unread = number;
  page.unread.textContent = number || "";
  page.down.hidden = isAtTheEnd();
}

function put(message) {
  const made = bubble(message, shown.topic === null ? topicName(message.message_thread_id) : null);
  // A picture has no height until it is there, and then pushes the end out of sight.
  made.querySelectorAll("img").forEach((image) => image.addEventListener("load", () => { if (shown.followsEnd) toTheEnd(); }));
  const old = page.messages.querySelector(`[data-message-id="${message.message_id}"]`);
  if (old) {
    old.replaceWith(made);
    return;
  }
  const day = dayName(message.accepted_at);
  if (page.messages.dataset.lastDay !== day) page.messages.append(element("div", "day", element("span", "", day)));
  page.messages.dataset.lastDay = day;
  page.messages.append(made);
}

function showAll() {
  page.messages.replaceChildren();
  delete page.messages.dataset.lastDay;
  const messages = [...shown.messages.values()].filter(isInTopic);
  if (messages.length === 0) page.messages.append(element("p", "empty", "Сообщений пока нет"));
  messages.forEach(put);
  toTheEnd();
}

function forget(numbers) {
  for (const number of numbers) {
    shown.messages.delete(number);
    page.messages.querySelector(`[data-message-id="${number}"]`)?.remove();
  }
}

function take(messages) {
  const wasEmpty = shown.messages.size === 0;
  const wasAtTheEnd = isAtTheEnd();
  const newest = Math.max(0, ...shown.messages.keys());
  const arrived = messages.filter((message) => message.message_id > newest);
  // An edit of a message too old to be shown is left out: it has no place at the end.
  const known = messages.filter((message) => wasEmpty || message.message_id > newest || shown.messages.has(message.message_id));
  known.forEach((message) => shown.messages.set(message.message_id, message));
  if (wasEmpty) {
    showAll();
    return;
  }
  known.filter(isInTopic).forEach(put);
  if (wasAtTheEnd) toTheEnd();
  else showUnread(shown.unread + arrived.filter(isInTopic).length);
}

function open(chatId) {
  Object.assign(shown, { chatId, topic: null, lastChange: 0, unread: 0 });
  shown.messages.clear();
  document.body.classList.toggle("is-open", chatId !== null);
  page.title.textContent = page.subtitle.textContent = "";
  page.messages.replaceChildren();
}

async function askForNews() {
  const chatId = shown.chatId;
  const query = new URLSearchParams({ after: String(shown.lastChange) });
  if (chatId !== null) {
    query.set("chat_id", String(chatId));
    query.set("person_id", String(personShown()));
  }
  const answer = await fetch(`/page/news?${query}`);
  if (!answer.ok) throw new Error(answer.statusText);
  const news = await answer.json();
  if (shown.chatId !== chatId) return;
  if (news.last_change < shown.lastChange) open(chatId);
  shown.chats = news.chats;
  shown.lastChange = news.last_change;
  if (chatId === null && news.chats.length && window.matchMedia("(min-width: 720px)").matches) {
    location.replace(`#${news.chats[0].chat_id}`);
  }
  showChats();
  forget(news.deleted);
  if (news.messages.length || (chatId !== null && !page.messages.firstChild)) take(news.messages);
  const chat = chatId !== null && news.chats.find((one) => one.chat_id === chatId);
  const wasAtTheEnd = isAtTheEnd();
  hold(chat || null, news.people ? news : null, (number) => shown.messages.get(number));
  // A keyboard that has appeared leaves less room above it.
  if (wasAtTheEnd) toTheEnd();
}

async function keepUpToDate() {
  for (;;) {
    try {
      await askForNews();
      page.connection.textContent = "";
    } catch {
      page.connection.textContent = "Соединение…";
    }
    await new Promise((resolve) => { setTimeout(resolve, PAUSE_MS); });
  }
}

function follow() {
  const chatId = Number(location.hash.slice(1));
  open(chatId || null);
  showChats();
  askForNews().catch(() => {});
}

/** A link of the bot, opened on the stand-in instead of Telegram: /?start=PAYLOAD. */
function openLink() {
  if (!new URLSearchParams(location.search).has("start")) return;
  const link = location.search;
  history.replaceState(null, "", location.pathname + location.hash);
  welcome(link);
}

page.newcomer.append(icon("add", "Новый клиент"));
page.newcomer.addEventListener("click", () => welcome());
page.down.addEventListener("click", toTheEnd);
page.messages.addEventListener("scroll", () => {
  // What grows below moves nothing: only whoever scrolls up no longer follows the end.
  if (isAtTheEnd()) shown.followsEnd = true;
  else if (page.messages.scrollTop < shown.top) shown.followsEnd = false;
  shown.top = page.messages.scrollTop;
  showUnread(isAtTheEnd() ? 0 : shown.unread);
});
page.back.addEventListener("click", () => { location.hash = ""; });
window.addEventListener("hashchange", follow);
follow();
keepUpToDate();
openLink();

// The phone in a person's hand: typing, keyboards, commands, contacts, blocking; in a group, who of its members one is.

import { ask, showAlert, showNotice, toggleOffers } from "./dialogs.js";
import { element, icon } from "./elements.js";
import { addMember, addPerson, payloadOf, press, setBlocked, start, write } from "./people.js";

const ANONYMOUS = "anonymous";
const ADD = "add";
const DEFAULT_PERSON = { id: 700000001, first_name: "Ольга" };

const phone = document.getElementById("phone");
const headEnd = document.getElementById("head-end");
const more = document.getElementById("more");
const moreOffers = document.getElementById("more-offers");

const state = { chat: null, atHand: null, person: null, replyTo: null, payloads: new Map(), seenQueries: null, drawn: "" };

/** Makes what is asked of the stand-in, and shows its sentence when it refuses. */
async function attempt(act) {
  try {
    return await act();
  } catch (refused) {
    showNotice(refused.message);
    return null;
  }
}

function who() {
  if (state.chat.type === "private") return {};
  if (state.person === ANONYMOUS) return { as_chat: state.chat.chat_id };
  const known = state.atHand.people.find((one) => one.id === state.person) ?? DEFAULT_PERSON;
  return { sender: { id: known.id, first_name: known.first_name } };
}

function send(content) {
  const answered = state.replyTo ? { reply_to: state.replyTo.message_id } : {};
  answerTo(null);
  return attempt(() => write(state.chat.chat_id, { ...content, ...answered, ...who() }));
}

/** Lets the next message answer one; null: none. */
export function answerTo(message) {
  state.replyTo = message;
  draw();
  if (message) phone.querySelector(".typed")?.focus();
}

/** Presses a button of a message as the person at the phone. */
export function pressAs(message, data) {
  const { sender } = who();
  if (message.receiver && sender && sender.id !== message.receiver.id) {
    showNotice(`Это сообщение видно только: ${message.receiver.first_name}`);
    return null;
  }
  return attempt(() => press(message, data, sender ? { sender } : {}));
}

async function shareOwn() {
  const own = state.atHand.people[0] ?? {};
  const answer = own.phone_number ? { phone: own.phone_number }
    : await ask("Поделиться номером", [{ name: "phone", label: "Ваш номер телефона", type: "tel" }], "Поделиться");
  if (!answer) return;
  // Telegram writes numbers without a plus.
  const contact = { phone_number: answer.phone.replace(/\D/g, ""), first_name: state.chat.title, user_id: state.chat.chat_id };
  await send({ contact });
}

async function shareOther() {
  const fields = [{ name: "name", label: "Имя" }, { name: "phone", label: "Номер телефона", type: "tel" }];
  const answer = await ask("Чужой контакт", fields, "Отправить");
  if (answer) await send({ contact: { phone_number: answer.phone.replace(/\D/g, ""), first_name: answer.name } });
}

function attachments() {
  const others = [
    { label: "Голосовое сообщение", act: () => send({ voice: {} }) },
    { label: "Стикер", act: () => send({ sticker: {} }) },
    { label: "Фото", act: () => send({ photo: {} }) },
  ];
  if (state.chat.type !== "private") return others;
  return [{ label: "Мой номер", act: shareOwn }, { label: "Чужой контакт…", act: shareOther }, ...others];
}

function commands() {
  return state.atHand.commands.map(({ command, description }) => ({
    label: `/${command}`, hint: description, act: () => send({ text: `/${command}` }),
  }));
}

async function chooseWho(select) {
  if (select.value !== ADD) {
    state.person = select.value === ANONYMOUS ? ANONYMOUS : Number(select.value);
    return;
  }
  const answer = await ask("Новый участник", [{ name: "name", label: "Имя" }], "Добавить");
  if (answer) state.person = await attempt(() => addMember(state.chat.chat_id, answer.name));
  draw();
}

function tool(name, label) {
  const made = element("button", "tool", icon(name, label));
  made.type = "button";
  return made;
}

function whoSelect() {
  const people = state.atHand.people.length ? state.atHand.people : [DEFAULT_PERSON];
  if (state.person === null) state.person = people[0].id;
  const select = element("select", "", ...[
    ...people.map((one) => [one.id, one.first_name]),
    [ANONYMOUS, "Анонимный администратор"], [ADD, "Новый участник…"],
  ].map(([value, label]) => {
    const option = element("option", "", label);
    option.value = value;
    option.selected = value === state.person;
    return option;
  }));
  select.addEventListener("change", () => chooseWho(select));
  return element("label", "who", "Пишет и нажимает", select);
}

function composer() {
  const typed = element("input", "typed");
  Object.assign(typed, { placeholder: state.atHand.keyboard?.placeholder || "Сообщение", autocomplete: "off" });
  typed.setAttribute("aria-label", "Сообщение");
  const offers = element("div", "offers");
  offers.hidden = true;
  const attach = tool("attach", "Прикрепить");
  attach.addEventListener("click", () => toggleOffers(attach, offers, attachments()));
  const menu = tool("menu", "Команды");
  menu.hidden = state.atHand.commands.length === 0;
  menu.addEventListener("click", () => toggleOffers(menu, offers, commands()));
  const sendIt = tool("send", "Отправить");
  sendIt.type = "submit";
  sendIt.classList.add("is-main");
  const form = element("form", "composer", attach, typed, menu, sendIt);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = typed.value.trim();
    typed.value = "";
    if (text) send({ text });
  });
  return [offers, state.chat.type === "private" ? null : whoSelect(), form];
}

function keyboard() {
  const rows = (state.atHand.keyboard?.keyboard ?? []).map((row) => element("div", "", ...row.map((key) => {
    const made = element("button", `key ${key.style ? `is-style-${key.style}` : ""}`, key.text);
    made.type = "button";
    made.addEventListener("click", () => (key.request_contact ? shareOwn() : send({ text: key.text })));
    return made;
  })));
  return rows.length ? element("div", "keyboard", ...rows) : null;
}

function answering() {
  if (!state.replyTo) return null;
  const cancel = tool("close", "Не отвечать");
  cancel.addEventListener("click", () => answerTo(null));
  return element("div", "answering", element("p", "", `Ответ: ${state.replyTo.text}`), cancel);
}

function starting() {
  const isNew = state.chat.status === "not_started";
  const made = element("button", "big", isNew ? "Запустить" : "Разблокировать");
  made.type = "button";
  const chatId = state.chat.chat_id;
  made.addEventListener("click", () => attempt(() => start(chatId, state.payloads.get(chatId) ?? "")));
  const about = isNew && state.atHand.about.description;
  return [about ? element("p", "about", about) : null, made].filter(Boolean);
}

function draw() {
  const { chat, atHand } = state;
  const isShut = chat && ["not_started", "blocked"].includes(chat.status);
  phone.hidden = !chat || !atHand || chat.type === "channel";
  headEnd.hidden = phone.hidden || chat.type !== "private";
  if (phone.hidden) return;
  if (isShut) phone.replaceChildren(...starting());
  else phone.replaceChildren(...[answering(), ...composer(), keyboard()].filter(Boolean));
}

function tellAnswers(queries) {
  const answered = queries.filter((query) => query.state === "answered");
  const isNew = (query) => state.seenQueries !== null && !state.seenQueries.has(query.query_id);
  for (const { answer } of answered.filter(isNew)) {
    if (answer.text && answer.show_alert) showAlert(answer.text);
    else if (answer.text) showNotice(answer.text);
  }
  state.seenQueries = new Set(answered.map((query) => query.query_id));
}

/** Shows what the person in the open chat has at hand, and keeps what is being typed; `messageOf` finds a message. */
export function hold(chat, atHand, messageOf) {
  if (chat?.chat_id !== state.chat?.chat_id) Object.assign(state, { person: null, replyTo: null, seenQueries: null, drawn: "" });
  Object.assign(state, { chat: chat ?? null, atHand: atHand ?? null });
  if (chat && atHand) tellAnswers(atHand.queries);
  const now = JSON.stringify([chat && [chat.chat_id, chat.status], atHand && [atHand.keyboard, atHand.commands, atHand.people, atHand.about]]);
  if (now === state.drawn) return;
  state.drawn = now;
  if (atHand?.keyboard?.force_reply) state.replyTo = messageOf(atHand.keyboard.message_id) ?? null;
  const kept = phone.querySelector(".typed")?.value;
  draw();
  const typed = phone.querySelector(".typed");
  if (typed && kept) typed.value = kept;
}

/** Returns the person for whom the open chat is shown, for the commands it is offered. */
export const personShown = () => (typeof state.person === "number" ? state.person : 0);

async function openLink(chatId, link) {
  const answer = link === undefined
    ? await ask("Открыть бота по ссылке", [{ name: "link", label: "Ссылка из чека или письма" }], "Открыть") : { link };
  if (answer) await attempt(() => start(chatId, payloadOf(answer.link)));
}

/** Makes a new client, who opens the bot by a link or finds it without one, and opens the private chat. */
export async function welcome(link = "") {
  const answer = await ask("Новый клиент", [
    { name: "name", label: "Имя" },
    { name: "phone", label: "Номер телефона", type: "tel", isOptional: true },
    { name: "link", label: "Ссылка на бота, если она есть", value: link, isOptional: true },
  ], "Открыть бота");
  const person = answer && await attempt(() => addPerson(answer.name, answer.phone));
  if (!person) return;
  state.payloads.set(person.id, payloadOf(answer.link));
  location.hash = `#${person.id}`;
}

more.append(icon("more", "Ещё"));
more.addEventListener("click", () => {
  const { chat_id: chatId, status } = state.chat;
  const isBlocked = status === "blocked";
  toggleOffers(more, moreOffers, [
    { label: "Открыть по ссылке…", act: () => openLink(chatId) },
    { label: isBlocked ? "Разблокировать бота" : "Заблокировать бота", act: () => attempt(() => setBlocked(chatId, !isBlocked)) },
  ]);
});

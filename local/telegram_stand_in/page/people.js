// What people do, sent to the stand-in: each function is one act of a person in a chat.

/** Posts to the control API and returns its answer; throws its sentence when it refuses. */
async function post(path, body) {
  const answer = await fetch(`/control${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.error);
  return told;
}

/** Writes into a chat; `content` is what the control API knows: text, contact, voice, sticker, photo, reply_to. */
export const write = (chatId, content) => post(`/chats/${chatId}/incoming`, content);

/** Starts the bot, also after it was blocked; `payload` is what the link carried. */
export const start = (chatId, payload) => post(`/chats/${chatId}/start`, { payload });

/** Blocks or unblocks the bot in a private chat. */
export const setBlocked = (chatId, isBlocked) => post(`/chats/${chatId}/status`, { status: isBlocked ? "blocked" : "member" });

/** Presses a button of a message; `who` is the person, in a private chat its own. */
export const press = (message, data, who) =>
  post("/press", { chat_id: message.chat_id, message_id: message.message_id, data, ...who });

/** Makes a person with a private chat that is not started; returns it. */
export const addPerson = (name, phoneNumber) =>
  post("/people", { first_name: name, ...(phoneNumber ? { phone_number: phoneNumber } : {}) });

/** Adds a person to a group; returns the person's number. */
export async function addMember(chatId, name) {
  const id = 700_300_000 + Math.floor(Math.random() * 600_000);
  await post(`/chats/${chatId}/members`, { user: { id, first_name: name }, status: "member" });
  return id;
}

/** Returns the payload of a link that starts a bot, or of what was typed in its place; "" when there is none. */
export function payloadOf(link) {
  const named = /[?&]start=([A-Za-z0-9_-]{1,64})/.exec(link);
  return named ? named[1] : /^[A-Za-z0-9_-]{1,64}$/.exec(link.trim())?.[0] ?? "";
}

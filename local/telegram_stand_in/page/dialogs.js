// Questions to the person at the page, and what the bot says in answer to a pressed button.

import { element } from "./elements.js";

const SHOWN_MS = 3500;

/**
 * Asks for a few lines; returns them by name, or null when the person changes its mind.
 * `fields` are {name, label, value?, type?, isOptional?}.
 */
export function ask(title, fields, action) {
  const dialog = element("dialog");
  const inputs = fields.map((field) => {
    const input = element("input");
    Object.assign(input, { name: field.name, type: field.type ?? "text", value: field.value ?? "", required: !field.isOptional });
    return input;
  });
  const cancel = element("button", "", "Отмена");
  cancel.type = "button";
  const done = element("button", "is-main", action);
  const form = element(
    "form", "", element("h2", "", title),
    ...fields.map((field, number) => element("label", "", field.label, inputs[number])),
    element("div", "dialog-end", cancel, done),
  );
  dialog.append(form);
  document.body.append(dialog);
  return new Promise((resolve) => {
    let answer = null;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      answer = Object.fromEntries(inputs.map((input) => [input.name, input.value.trim()]));
      dialog.close();
    });
    cancel.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => { dialog.remove(); resolve(answer); });
    dialog.showModal();
  });
}

/** Shows an alert that stays until it is closed. */
export function showAlert(text) {
  const close = element("button", "is-main", "OK");
  close.type = "button";
  const dialog = element("dialog", "", element("p", "", text), element("div", "dialog-end", close));
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

let hiding = 0;

/** Shows a notice for a moment. */
export function showNotice(text) {
  const notice = document.getElementById("notice");
  notice.textContent = text;
  notice.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => { notice.hidden = true; }, SHOWN_MS);
}

/** Opens a list of offers below or above a button, and closes it with the next click anywhere. */
export function toggleOffers(button, list, offers) {
  const isOpening = list.hidden;
  list.hidden = !isOpening;
  button.setAttribute("aria-expanded", String(isOpening));
  if (!isOpening) return;
  list.replaceChildren(...offers.map(({ label, hint, act }) => {
    const made = element("button", "", label, hint ? element("small", "", hint) : null);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  }));
  const close = () => { list.hidden = true; button.setAttribute("aria-expanded", "false"); };
  setTimeout(() => document.addEventListener("click", close, { once: true }));
}

// Makes elements; text always goes in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  silent: "M4 4l16 16M9.5 19a2.6 2.6 0 0 0 5 0M17.5 13.5V10a5.5 5.5 0 0 0-8-4.9M6.6 8.5V14L5 16.5h11.5",
  edited: "M4 20l1-4L16 5l3 3L8 19z",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  link: "M8 16L16 8M9.5 8H16v6.5",
  add: "M12 5v14M5 12h14",
  attach: "M19 11.5l-7.2 7.2a4.6 4.6 0 0 1-6.5-6.5L13 4.5a3.1 3.1 0 0 1 4.4 4.4l-7.3 7.3a1.6 1.6 0 0 1-2.2-2.2l6.6-6.6",
  menu: "M15 5L9 19",
  more: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  send: "M5 12L4 5l16 7-16 7zm0 0h7",
  close: "M6 6l12 12M18 6L6 18",
  reply: "M10 7L5 12l5 5M5.5 12H14a5 5 0 0 1 5 5v1",
  protected: "M7 11h10v8H7zM9 11V8a3 3 0 0 1 6 0v3",
  voice: "M12 4a3 3 0 0 1 3 3v4a3 3 0 0 1-6 0V7a3 3 0 0 1 3-3zM6 11a6 6 0 0 0 12 0M12 17v3",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM5 20a7 7 0 0 1 14 0",
  place: "M12 21s6-5.6 6-10.5A6 6 0 0 0 6 10.5C6 15.400 12 21 12 21zM12 12.500a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  picture: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4",
};

/** Returns an element with a class and children (elements or strings). */
export function element(name, className = "", ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

/** Returns one of the icons; `label` is read aloud and shown as a hint. */
export function icon(name, label) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  const title = document.createElementNS(SVG, "title");
  title.textContent = label;
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(title, path);
  return svg;
}

/** Returns a link that opens beside the page; addresses other than web, mail and phone ones are plain text. */
export function link(address, className, ...children) {
  if (!/^(https?:\/\/|tel:|mailto:)/i.test(address)) return element("span", className, ...children);
  const made = element("a", className, ...children);
  made.href = address;
  made.target = "_blank";
  made.rel = "noopener noreferrer";
  return made;
}

// Makes elements; text always goes in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  silent: "M4 4l16 16M9.5 19a2.6 2.6 0 0 0 5 0M17.5 13.5V10a5.5 5.5 0 0 0-8-4.9M6.6 8.5V14L5 16.5h11.5",
  locked: "M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3",
  edited: "M4 20l1-4L16 5l3 3L8 19z",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  link: "M8 16L16 8M9.5 8H16v6.5",
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

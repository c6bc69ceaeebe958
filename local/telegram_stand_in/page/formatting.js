// Turns formatted text and rich blocks, as the Bot API describes them, into elements.

import { element, link } from "./elements.js";

const FOUND_BY_TELEGRAM = /https?:\/\/[^\s<>"«»]+[^\s<>"«».,;:!?)]|\+\d[\d \u00a0()-]{8,16}\d/g;

/** Returns plain text, its addresses and phone numbers made into links as Telegram makes them. */
function plain(text) {
  const parts = [];
  let position = 0;
  for (const match of text.matchAll(FOUND_BY_TELEGRAM)) {
    parts.push(text.slice(position, match.index));
    const isPhone = match[0].startsWith("+");
    parts.push(link(isPhone ? `tel:${match[0].replace(/[^+\d]/g, "")}` : match[0], "", match[0]));
    position = match.index + match[0].length;
  }
  parts.push(text.slice(position));
  return parts.filter((part) => part !== "");
}

function spoiler(children) {
  const made = element("span", "spoiler", ...children);
  made.tabIndex = 0;
  made.title = "Показать";
  made.addEventListener("click", () => made.classList.add("is-open"));
  return made;
}

const FORMATS = {
  bold: (children) => element("strong", "", ...children),
  italic: (children) => element("em", "", ...children),
  underline: (children) => element("u", "", ...children),
  strikethrough: (children) => element("s", "", ...children),
  subscript: (children) => element("sub", "", ...children),
  superscript: (children) => element("sup", "", ...children),
  marked: (children) => element("mark", "", ...children),
  code: (children) => element("code", "", ...children),
  pre: (children, entity) => codeBlock(children, entity.language),
  blockquote: (children) => element("blockquote", "", ...children),
  expandable_blockquote: (children) => element("blockquote", "", ...children),
  spoiler,
  text_link: (children, entity) => link(entity.url, "", ...children),
  url: (children, entity) => link(entity.url, "", ...children),
  text_mention: (children) => element("span", "mention", ...children),
};

function codeBlock(children, language) {
  const label = language ? element("span", "language", language) : null;
  return element("div", "code-block", label, element("pre", "", ...children));
}

function formatted(type, children, source) {
  const make = FORMATS[type];
  return make ? make(children, source) : element("span", "", ...children);
}

/** Returns the nodes of a text with its entities (offsets count UTF-16 units, as JavaScript does). */
export function formattedText(text, entities) {
  const left = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return nested(text, left, 0, text.length, true);
}

function nested(text, left, start, end, findLinks) {
  const nodes = [];
  const say = (from, to) => nodes.push(...(findLinks ? plain(text.slice(from, to)) : [text.slice(from, to)]));
  let position = start;
  while (left.length && left[0].offset < end) {
    const entity = left.shift();
    const stop = Math.min(entity.offset + entity.length, end);
    if (entity.offset < position) continue;
    say(position, entity.offset);
    const isOpaque = ["code", "pre", "text_link"].includes(entity.type);
    const inside = nested(text, left, entity.offset, stop, findLinks && !isOpaque);
    nodes.push(formatted(entity.type, inside, entity));
    position = stop;
  }
  say(position, end);
  return withoutBlankLines(nodes).filter((node) => node !== "");
}

/** A block stands on its own lines, so the line breaks typed around it would show as blank lines. */
function withoutBlankLines(nodes) {
  const isBlock = (node) => node instanceof HTMLElement && ["DIV", "BLOCKQUOTE"].includes(node.tagName);
  return nodes.map((node, number) => {
    if (typeof node !== "string") return node;
    const after = isBlock(nodes[number - 1]) ? node.replace(/^\n/, "") : node;
    return isBlock(nodes[number + 1]) ? after.replace(/\n$/, "") : after;
  });
}

/** Returns the nodes of a RichText: a string, a list, or an object with a type and a text. */
function richText(text, findLinks = true) {
  if (typeof text === "string") return findLinks ? plain(text) : [text];
  if (Array.isArray(text)) return text.flatMap((part) => richText(part, findLinks));
  const inside = richText(text.text ?? text.alternative_text ?? "", findLinks && !["code", "url"].includes(text.type));
  return [formatted(text.type, inside, text)];
}

/** Returns the elements of a rich message. */
export function richBlocks(blocks) {
  return blocks.map((block) => (BLOCKS[block.type] ?? BLOCKS.paragraph)(block));
}

const BLOCKS = {
  paragraph: (block) => element("p", "", ...richText(block.text ?? "")),
  heading: (block) => element(`h${Math.min(block.size + 2, 6)}`, `heading-${block.size}`, ...richText(block.text)),
  footer: (block) => element("p", "footer", ...richText(block.text)),
  pullquote: (block) => element("blockquote", "pullquote", ...richText(block.text)),
  divider: () => element("hr"),
  pre: (block) => codeBlock(richText(block.text, false), block.language),
  blockquote: (block) => element("blockquote", "", ...richBlocks(block.blocks)),
  list: (block) => element("div", "rich-list", ...block.items.flatMap(listItem)),
  details: (block) => {
    const made = element("details", "", element("summary", "", ...richText(block.summary)), ...richBlocks(block.blocks));
    made.open = Boolean(block.is_open);
    return made;
  },
  table,
};

function listItem(item) {
  return [element("span", "list-label", item.label), element("div", "", ...richBlocks(item.blocks))];
}

function table(block) {
  const made = element("table", [block.is_bordered && "is-bordered", block.is_striped && "is-striped"].filter(Boolean).join(" "));
  if (block.caption) made.append(element("caption", "", ...richText(block.caption)));
  const body = element("tbody");
  for (const row of block.cells) body.append(element("tr", "", ...row.map(tableCell)));
  made.append(body);
  return element("div", "table", made);
}

function tableCell(cell) {
  const made = element(cell.is_header ? "th" : "td", `align-${cell.align ?? "left"}`, ...richText(cell.text));
  if (cell.colspan) made.colSpan = cell.colspan;
  if (cell.rowspan) made.rowSpan = cell.rowspan;
  return made;
}

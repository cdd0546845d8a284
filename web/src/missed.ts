/* Words selected in a document, for a record that is missing. Offsets are code points of the text as stored: each line's element carries that
   of its first character (data-at), a pair of UTF-16 halves counts once, and a box that names a hidden character stands for one. */
import { say, typing } from "./keys";

interface Words {
  start: number;
  end: number;
  quote: string;
}

function points(range: Range): number {
  const part = range.cloneContents();
  let count = part.querySelectorAll(".ctl").length;
  for (const _ of part.textContent ?? "") count += 1;
  return count;
}

function within(line: Element, from: Range): Range {
  const part = document.createRange();
  part.selectNodeContents(line);
  if (part.compareBoundaryPoints(Range.START_TO_START, from) < 0) part.setStart(from.startContainer, from.startOffset);
  if (part.compareBoundaryPoints(Range.END_TO_END, from) > 0) part.setEnd(from.endContainer, from.endOffset);
  return part;
}

export function selected(text: Element): Words | null {
  const selection = document.getSelection();
  if (!selection?.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  const found: Words[] = [];
  for (const line of Array.from(text.querySelectorAll("p[data-at]"))) {
    if (!range.intersectsNode(line)) continue;
    const part = within(line, range);
    const length = points(part);
    if (!length) continue;
    const before = document.createRange();
    before.setStart(line, 0);
    before.setEnd(part.startContainer, part.startOffset);
    const start = Number(line.getAttribute("data-at")) + points(before);
    found.push({ start, end: start + length, quote: part.toString() });
  }
  const quote = found.map((f) => f.quote).join("\n");
  return quote.trim() ? { start: found[0]!.start, end: found[found.length - 1]!.end, quote } : null;
}

export function missed(root: ParentNode): void {
  const text = root.querySelector("article[data-document]");
  const form = root.querySelector<HTMLFormElement>("#missed form");
  const fold = root.querySelector<HTMLDetailsElement>("#missed");
  const pick = root.querySelector<HTMLButtonElement>("#pick");
  if (!text || !form || !fold || !pick) return;
  const field = (name: string) => form.elements.namedItem(name) as HTMLInputElement;
  const take = (): void => {
    const words = selected(text);
    fold.open = true;
    if (words) {
      field("quote").value = words.quote;
      field("start").value = String(words.start);
      field("end").value = String(words.end);
      say("The words are in the form");
    }
    pick.hidden = true;
    const next = field(words ? "type" : "quote");
    fold.scrollIntoView({ block: "nearest" });
    next.focus();
  };
  document.addEventListener("selectionchange", () => {
    pick.hidden = !selected(text);
  });
  pick.addEventListener("mousedown", (event) => event.preventDefault()); // the selection stays
  pick.addEventListener("click", take);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "m" || event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    take();
  });
}

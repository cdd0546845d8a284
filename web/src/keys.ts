/* Keys: search, palette, rows, review. No key does anything while the visitor types. */

export function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

export function say(words: string): void {
  const live = document.getElementById("live");
  if (live) live.textContent = words;
}

function rows(): HTMLElement[] {
  const list = document.querySelector("[data-rows]");
  return list ? (Array.from(list.children).filter((e) => e instanceof HTMLElement) as HTMLElement[]) : [];
}

function move(by: number): void {
  const found = rows();
  if (!found.length) return;
  const at = found.findIndex((row) => row.classList.contains("on"));
  const next = at < 0 ? (by > 0 ? 0 : found.length - 1) : Math.min(found.length - 1, Math.max(0, at + by));
  found[at]?.classList.remove("on");
  const row = found[next]!;
  row.classList.add("on");
  row.scrollIntoView({ block: "nearest" });
  (row.querySelector<HTMLElement>("a.go") ?? row.querySelector<HTMLElement>("a"))?.focus({ preventScroll: true });
}

function open(): void {
  const row = rows().find((r) => r.classList.contains("on")) ?? rows()[0];
  (row?.querySelector<HTMLAnchorElement>("a.go") ?? row?.querySelector<HTMLAnchorElement>("a"))?.click();
}

function dialog(id: string): void {
  const found = document.getElementById(id);
  if (found instanceof HTMLDialogElement && !found.open) found.showModal();
}

const REVIEW: Record<string, string> = { a: "accept", x: "reject", " ": "skip", u: "undo", e: "edit" };

function review(key: string): boolean {
  const name = REVIEW[key];
  const button = name ? document.querySelector<HTMLElement>(`[data-key="${name}"]`) : null;
  if (!button) return false;
  const folded = name === "edit" ? button.closest("details") : null;
  if (folded) {
    folded.open = true;
    folded.querySelector<HTMLElement>("select, textarea, input:not([type=hidden])")?.focus();
    return true;
  }
  button.click();
  return true;
}

function palette(event: KeyboardEvent): void {
  const links = Array.from(document.querySelectorAll<HTMLAnchorElement>("#gotos a, #suggest a"));
  const at = links.findIndex((a) => a === document.activeElement || a.classList.contains("on"));
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const next = links[(at + (event.key === "ArrowDown" ? 1 : links.length - 1) + links.length) % Math.max(1, links.length)];
    links.forEach((a) => a.classList.toggle("on", a === next));
    next?.scrollIntoView({ block: "nearest" });
  } else if (event.key === "Enter" && links.length && (event.target as HTMLElement).id === "goto") {
    event.preventDefault();
    (links[Math.max(0, at)] as HTMLAnchorElement).click();
  } else if (event.key === "Enter" && at >= 0) {
    event.preventDefault();
    links[at]!.click();
  }
}

export function keys(): void {
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target.closest("[data-act]") : null;
    if (target?.getAttribute("data-act") === "keys") dialog("keys");
    if (target?.getAttribute("data-act") === "copy") copy();
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      dialog("palette");
      return;
    }
    if (event.target instanceof HTMLInputElement && (event.target.id === "goto" || event.target.id === "q")) palette(event);
    if (event.key === "Escape" && typing(event.target)) (event.target as HTMLElement).blur();
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const onButton = event.target instanceof HTMLElement && /^(BUTTON|SUMMARY|A)$/.test(event.target.tagName);
    if (event.key === " " && onButton && !event.target.closest("[data-rows]")) return;
    if (review(event.key)) event.preventDefault();
    else if (event.key === "/") {
      event.preventDefault();
      document.getElementById("q")?.focus();
    } else if (event.key === "?") dialog("keys");
    else if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "o") open();
    else if (event.key === "c") copy();
  });
}

function copy(): void {
  void navigator.clipboard?.writeText(location.href).then(() => say("Address copied"));
}

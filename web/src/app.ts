/* The islands of the pages: keys, lit spans, palette, dropping files, selecting words. Everything here only shortens a way that links and forms already
   offer; pages read the same without it. */
import { keys } from "./keys";
import { reader } from "./reader";
import { add } from "./add";
import { missed } from "./missed";
import { slide } from "./slide";

/** Charts wider than a phone begin at their newest end, or with what lies at so many hundredths of their width in the middle. */
function scrolled(): void {
  document.querySelectorAll<HTMLElement>("[data-scroll]").forEach((box) => {
    const at = Number(box.dataset.scroll);
    box.scrollLeft = Number.isNaN(at) ? box.scrollWidth : (at / 100) * box.scrollWidth - box.clientWidth / 2;
  });
}

function start(): void {
  const menu = document.querySelector<HTMLDetailsElement>("details.menu");
  if (menu && window.matchMedia("(max-width: 46rem)").matches) menu.open = false;
  const narrow = document.querySelector<HTMLDetailsElement>("details.narrow");
  if (narrow && window.matchMedia("(max-width: 60rem)").matches) narrow.open = false; // the list comes first
  scrolled();
  keys();
  reader(document);
  add(document);
  missed(document);
  slide(document);
  const csrf = document.querySelector<HTMLMetaElement>('meta[name="csrf"]')?.content ?? "";
  document.body.addEventListener("htmx:configRequest", (event) => {
    (event as CustomEvent).detail.headers["X-CSRF-Token"] = csrf;
  });
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();

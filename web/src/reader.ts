/* The span view: a record lights its words, and words light their record. */

export function reader(root: ParentNode): void {
  const view = root.querySelector("[data-reader]");
  if (!view) return;
  const of = (id: string): Element[] => Array.from(view.querySelectorAll(`mark[data-ids~="${CSS.escape(id)}"]`));
  const show = (ids: string[], on: boolean): void => {
    for (const id of ids) {
      of(id).forEach((mark) => mark.classList.toggle("on", on));
      view.querySelector(`[data-id="${CSS.escape(id)}"]`)?.classList.toggle("lit", on);
    }
  };
  const idsAt = (target: EventTarget | null): string[] => {
    if (!(target instanceof Element)) return [];
    const card = target.closest("[data-id]");
    if (card) return [card.getAttribute("data-id") ?? ""];
    const mark = target.closest("mark[data-ids]");
    return mark ? (mark.getAttribute("data-ids") ?? "").split(" ") : [];
  };
  view.addEventListener("mouseover", (e) => show(idsAt(e.target), true));
  view.addEventListener("mouseout", (e) => show(idsAt(e.target), false));
  view.addEventListener("focusin", (e) => show(idsAt(e.target), true));
  view.addEventListener("focusout", (e) => show(idsAt(e.target), false));
  view.addEventListener("click", (e) => {
    const mark = e.target instanceof Element ? e.target.closest(".m-trigger[data-ids]") : null;
    const id = mark?.getAttribute("data-ids")?.split(" ")[0];
    if (id) view.querySelector(`[data-id="${CSS.escape(id)}"]`)?.scrollIntoView({ block: "nearest" });
  });
}

/* The slider in time: names the days while it moves, and asks for them when it is let go. */

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function words(day: Date): string {
  return `${day.getUTCDate()} ${MONTHS[day.getUTCMonth()]} ${day.getUTCFullYear()}`;
}

export function slide(root: ParentNode): void {
  const form = root.querySelector<HTMLFormElement>("form[data-slide]");
  const range = form?.querySelector<HTMLInputElement>('input[type="range"]');
  if (!form || !range) return;
  const value = (name: string) => form.querySelector<HTMLInputElement>(`input[name="${name}"]`)?.value ?? "";
  const days = Number(value("slide_days"));
  const from = Date.parse(value("slide_from"));
  range.addEventListener("input", () => {
    const first = from + Number(range.value) * days * 86_400_000;
    const last = first + (days - 1) * 86_400_000;
    const said = days === 1 ? words(new Date(first)) : `${words(new Date(first))} – ${words(new Date(last))}`;
    form.querySelector("output")!.textContent = said;
    range.setAttribute("aria-valuetext", said);
  });
  let waiting = 0; // keys move one step at a time: ask when they rest
  range.addEventListener("change", () => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => form.requestSubmit(), 350);
  });
}

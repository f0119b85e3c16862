// Toasts leave by themselves after six seconds, unless they are read, carry data-still, or the pointer rests on them.
import { icon } from "./behaviours.js";

export default function attach(region) {
  const watch = new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach(arm)));
  watch.observe(region, { childList: true });
  [...region.children].forEach(arm);

  function arm(toast) {
    if (!(toast instanceof HTMLElement)) return;
    const close = document.createElement("button");
    close.type = "button";
    close.className = "icon-button icon-button-sm";
    close.setAttribute("aria-label", region.dataset.close);
    close.append(icon("x"));
    close.addEventListener("click", () => toast.remove());
    toast.append(close);
    if (toast.hasAttribute("data-still")) return;
    let timer = setTimeout(() => toast.remove(), 6000);
    toast.addEventListener("pointerenter", () => clearTimeout(timer));
    toast.addEventListener("pointerleave", () => (timer = setTimeout(() => toast.remove(), 3000)));
  }
}

// toast("Saved", { kind: "ok" }) from any module.
export function toast(text, { kind = "", still = false } = {}) {
  const box = document.createElement("div");
  box.className = `toast ${kind ? `toast-${kind}` : ""}`;
  if (still) box.dataset.still = "";
  if (kind) box.append(icon({ ok: "check", danger: "circle-alert", warn: "triangle-alert" }[kind] ?? "info"));
  const span = document.createElement("span");
  span.textContent = text;
  box.append(span);
  document.getElementById("toasts")?.append(box);
}

// The server may send a toast with any htmx answer: HX-Trigger: {"toast": {"text": "…", "kind": "ok"}}.
document.addEventListener("toast", (event) => toast(event.detail.text, event.detail));

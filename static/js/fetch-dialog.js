// <a data-fetch href="…">: the <main> of that page in a dialog. A form in it posts as it would on its own page; what it
// answers is followed as usual. Without this the link simply opens the page.
import { attachAll, icon } from "./behaviours.js";

export default async function openInDialog(link) {
  const response = await fetch(link.href, { headers: { "X-Requested-With": "dialog" } });
  // signed out or gone: the page itself says it better
  if (!response.ok || response.redirected) return location.assign(link.href);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const dialog = document.createElement("dialog");
  dialog.className = "dialog dialog-wide";
  dialog.dataset.module = "dialog";
  const close = document.createElement("button");
  close.type = "button";
  close.className = "icon-button dialog-close";
  close.setAttribute("aria-label", document.getElementById("toasts").dataset.close);
  close.append(icon("x"));
  close.addEventListener("click", () => dialog.close());
  dialog.append(close, ...(page.querySelector("main") ?? page.body).childNodes);
  for (const form of dialog.querySelectorAll("form:not([action])")) form.action = link.href;
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  window.htmx?.process(dialog);
  attachAll(dialog);
}

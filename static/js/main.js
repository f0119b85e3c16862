// Finds data-module="name other" and gives each element to its module once, also in what htmx brings later.
// A page's own module registers itself: import { behave } from "./behaviours.js"; behave("name", (element) => …);
import { attachAll, behave } from "./behaviours.js";

behave("autosave", () => import("./autosave.js"), { lazy: true });
behave("batches", () => import("./batches.js"), { lazy: true });
behave("copy-button", () => import("./copy-button.js"), { lazy: true });
behave("dialog", () => import("./dialog.js"), { lazy: true });
behave("feed", () => import("./feed.js"), { lazy: true });
behave("hotkeys", () => import("./hotkeys.js"), { lazy: true });
behave("in-sight", () => import("./in-sight.js"), { lazy: true });
behave("image-viewer", () => import("./image-viewer.js"), { lazy: true });
behave("menu", () => import("./menu.js"), { lazy: true });
behave("multipart-upload", () => import("./multipart-upload.js"), { lazy: true });
behave("picture-picker", () => import("./picture-picker.js"), { lazy: true });
behave("post-editor", () => import("./post-editor.js"), { lazy: true });
behave("range", () => import("./range.js"), { lazy: true });
behave("sortable", () => import("./sortable.js"), { lazy: true });
behave("tabs", () => import("./tabs.js"), { lazy: true });
behave("theme", () => import("./theme.js"), { lazy: true });
behave("toast", () => import("./toast.js"), { lazy: true });
behave("workbench", () => import("./workbench.js"), { lazy: true });

attachAll(document);
document.addEventListener("htmx:load", (event) => attachAll(event.target));

// data-module="confirm" asks its data-confirm before a button acts or a form is sent. For the whole page at once: a
// module of its own could come later than the click.
for (const name of ["click", "submit"]) {
  document.addEventListener(name, (event) => {
    const asks = event.target.closest?.("[data-module~=confirm]");
    if (!asks || (name === "submit") !== asks instanceof HTMLFormElement || window.confirm(asks.dataset.confirm)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, { capture: true });
}

// A form that is on its way can't be sent again; Back makes it usable again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || event.submitter?.formMethod === "dialog" || form.method === "dialog") return;
  if (form.dataset.sending) return event.preventDefault();
  // after the browser has read the form: a disabled button would lose its name and value
  setTimeout(() => {
    if (event.defaultPrevented || form.target) return;
    form.dataset.sending = "1";
    event.submitter?.setAttribute("aria-busy", "true");
  });
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sending]")) delete form.dataset.sending;
  for (const button of document.querySelectorAll("form [aria-busy=true]")) button.removeAttribute("aria-busy");
});

// [data-dialog="id"] opens a dialog wherever it stands.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  const dialog = opener && document.getElementById(opener.dataset.dialog);
  if (!dialog) return;
  event.preventDefault();
  opener.closest("[popover]")?.hidePopover();
  dialog.showModal();
});

// An htmx request that failed says so; what the server refused in words came as a toast already (see civitai.middleware).
for (const name of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(name, async (event) => {
    const status = event.detail.xhr?.status ?? 0;
    if ([400, 409, 422, 429].includes(status) || event.target.closest?.(".feed-end")) return;
    const { toast } = await import("./toast.js");
    toast(document.body.dataset.sayFailed, { kind: "danger" });
  });
}

// Two kinds of links are answered by a module that is fetched at the click: none comes too late for it.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-fetch], a[data-notice]");
  if (!link || event.defaultPrevented) return;
  const here = !(event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  const isNotice = "notice" in link.dataset;
  if (here) event.preventDefault();
  else if (!isNotice) return; // to open elsewhere
  const open = () => here && location.assign(link.href);
  if (isNotice) import("./notices.js").then(({ default: tell }) => tell(link)).then(open, open);
  else import("./fetch-dialog.js").then(({ default: openInDialog }) => openInDialog(link)).catch(open);
});

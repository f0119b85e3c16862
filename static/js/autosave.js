// <form data-module="autosave" data-url="…" data-method="POST" data-saved="Saved %(time)s" data-saving="Saving…"
//   data-failed="Not saved yet. It is kept here." data-status="id of an element">: sends what changed, a moment after
// it changed, one request at a time. What the server refuses stands beside its field; what could not be sent is kept
// for this tab and comes back after a reload.
import { clockTime, csrfToken, say } from "./behaviours.js";

const PAUSE_MS = 700;

export default function attach(form) {
  const url = form.dataset.url || form.action;
  const status = document.getElementById(form.dataset.status) ?? form.querySelector("[data-save-status]");
  const key = `autosave ${url}`;
  const dirty = new Set();
  let timer;
  let busy = false;

  restore();
  const touched = (event) => {
    if (!event.target.name || event.target.type === "file" || event.target.name === "csrfmiddlewaretoken") return;
    dirty.add(event.target.name);
    keep();
    clearTimeout(timer);
    timer = setTimeout(save, event.type === "change" ? 0 : PAUSE_MS);
  };
  form.addEventListener("input", touched);
  form.addEventListener("change", touched);
  form.addEventListener("submit", () => sessionStorage.removeItem(key));
  window.addEventListener("online", save);
  window.addEventListener("beforeunload", (event) => {
    if (dirty.size && !form.dataset.sending) event.preventDefault();
  });

  async function save() {
    clearTimeout(timer);
    timer = null;
    if (busy || !dirty.size) return;
    busy = true;
    const sent = [...dirty];
    const body = new FormData();
    const all = new FormData(form);
    for (const name of sent) {
      const values = all.getAll(name);
      if (values.length) values.forEach((value) => body.append(name, value));
      else body.append(name, ""); // an unticked box says nothing by itself
      body.append("changed", name);
    }
    dirty.clear();
    tell(form.dataset.saving);
    try {
      const response = await fetch(url, {
        method: form.dataset.method || "POST", body,
        headers: { Accept: "application/json", "X-CSRFToken": csrfToken(), "X-Autosave": "1" },
      });
      const answer = response.headers.get("Content-Type")?.includes("json") ? await response.json() : {};
      if (response.status === 400 || response.status === 422) {
        refuse(sent, answer.errors ?? {});
        keep(sent);
        tell(answer.error ?? form.dataset.failed, true);
      } else if (!response.ok) throw new Error(response.status);
      else {
        refuse(sent, {});
        if (!dirty.size) sessionStorage.removeItem(key);
        tell(say(form.dataset.saved, { time: clockTime() }));
        form.dispatchEvent(new CustomEvent("autosave:saved", { bubbles: true, detail: answer }));
      }
    } catch {
      sent.forEach((name) => dirty.add(name));
      keep();
      tell(form.dataset.failed, true);
      timer = setTimeout(save, 5000);
    } finally {
      busy = false;
    }
    if (dirty.size && !timer) timer = setTimeout(save, PAUSE_MS);
  }

  function tell(text, bad = false) {
    if (!status) return;
    status.textContent = text ?? "";
    status.classList.toggle("is-danger", bad);
  }

  // errors: {field: ["sentence", …]}
  function refuse(names, errors) {
    for (const name of names) {
      const control = form.elements[name];
      const first = control instanceof RadioNodeList ? control[0] : control;
      if (!first) continue;
      const id = `${first.id || name}-error`;
      document.getElementById(id)?.remove();
      const said = errors[name];
      if (!said?.length) {
        first.removeAttribute("aria-invalid");
        continue;
      }
      first.setAttribute("aria-invalid", "true");
      const box = document.createElement("div");
      box.id = id;
      for (const sentence of said) {
        const line = document.createElement("p");
        line.className = "error";
        line.textContent = sentence;
        box.append(line);
      }
      (first.closest(".field") ?? first.parentElement).append(box);
    }
  }

  function keep(names = []) {
    const all = new FormData(form);
    const kept = JSON.parse(sessionStorage.getItem(key) ?? "{}");
    for (const name of [...dirty, ...names]) kept[name] = all.getAll(name);
    try {
      sessionStorage.setItem(key, JSON.stringify(kept));
    } catch {
      // the tab's store is full: the form itself still holds the text
    }
  }

  function restore() {
    const kept = JSON.parse(sessionStorage.getItem(key) ?? "{}");
    for (const [name, values] of Object.entries(kept)) {
      for (const control of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
        if (control.type === "checkbox" || control.type === "radio") control.checked = values.includes(control.value);
        else if (control.multiple) [...control.options].forEach((option) => (option.selected = values.includes(option.value)));
        else if (control.type !== "file") control.value = values[0] ?? "";
      }
      dirty.add(name);
    }
    // typed before this module was there, or brought back by the browser
    for (const control of form.elements) {
      if (control.name && control.name !== "csrfmiddlewaretoken" && control.type !== "file" && differs(control)) dirty.add(control.name);
    }
    if (dirty.size) timer = setTimeout(save, PAUSE_MS);
  }
}

function differs(control) {
  if (control.type === "checkbox" || control.type === "radio") return control.checked !== control.defaultChecked;
  if (control.options) return [...control.options].some((option) => option.defaultSelected) && [...control.options].some((option) => option.selected !== option.defaultSelected);
  return "defaultValue" in control && control.type !== "hidden" && control.value !== control.defaultValue;
}

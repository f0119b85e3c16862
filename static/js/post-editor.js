// Each file that arrived becomes an image of the post at once: the first one begins the draft and gives it an address.
import { attachAll, csrfToken } from "./behaviours.js";
import { toast } from "./toast.js";

export default function attach(form) {
  const editors = form.querySelector("[data-editors]");
  let line = Promise.resolve();

  form.addEventListener("upload:done", (event) => queue(event.detail.id));
  // what had arrived before this script came
  for (const field of form.querySelectorAll("[data-upload] > input[type=hidden]")) queue(field.value);

  function queue(id) {
    // one after the other: the second must know the draft that the first began
    line = line.then(() => add(id)).catch(() => toast(form.dataset.failed, { kind: "danger" }));
  }

  async function add(id) {
    const body = new FormData();
    body.append("upload", id);
    body.append("post", form.dataset.post);
    body.append("version", form.dataset.version);
    const response = await fetch(form.dataset.images, {
      method: "POST", body,
      headers: { "X-CSRFToken": csrfToken(), Accept: "text/html, application/json" },
    });
    const text = await response.text();
    if (!response.ok) {
      let said = form.dataset.failed;
      try {
        said = JSON.parse(text).error ?? said;
      } catch {
        // a page instead of a sentence: ours will do
      }
      return toast(said, { kind: "danger" });
    }
    if (!form.dataset.post) begin(response.headers);
    form.querySelector(`[data-upload="${id}"]`)?.remove();
    const holder = document.createElement("template");
    holder.innerHTML = text;
    const editor = holder.content.querySelector("article");
    editors.append(editor);
    window.htmx?.process(editor);
    attachAll(editor);
  }

  function begin(headers) {
    form.dataset.post = headers.get("X-Post");
    form.action = headers.get("X-Post-Edit");
    history.replaceState(history.state, "", form.action);
    form.querySelector("[data-finish]").hidden = false;
    form.querySelector("[data-begin]")?.remove();
  }
}

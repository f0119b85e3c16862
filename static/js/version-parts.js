// Files and pictures of a version: what has been uploaded is handed to the version, and its list comes back.
//   data-post  where the upload's id goes · data-list  id of the element that holds the list
import { attachAll, behave, csrfToken } from "./behaviours.js";
import { toast } from "./toast.js";

// On a phone the steps are one row that scrolls: the present one in sight.
document.querySelector(".steps [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });

behave("version-parts", (box) => {
  const list = document.getElementById(box.dataset.list);
  let line = Promise.resolve();

  box.addEventListener("upload:done", (event) => {
    // one after the other, so that they stand in the order in which they arrived
    line = line.then(() => hand(event.detail.id, event.target));
  });
  box.addEventListener("upload:removed", changed);
  list.addEventListener("htmx:afterSwap", changed);
  list.addEventListener("sorted", changed);

  async function hand(id, uploader) {
    const body = new FormData();
    body.append("upload", id);
    try {
      const response = await fetch(box.dataset.post, { method: "POST", body, headers: { "X-Part": "1", "X-CSRFToken": csrfToken(), Accept: "text/html, application/json;q=0.9" } });
      const text = await response.text();
      if (!response.ok) throw new Error(sentence(text));
      uploader.querySelector(`[data-upload="${id}"]`)?.remove();
      list.innerHTML = text;
      window.htmx?.process(list);
      attachAll(list);
      changed();
    } catch (error) {
      toast(error.message || document.body.dataset.sayFailed, { kind: "danger", still: true });
    }
  }

  function sentence(text) {
    try {
      return JSON.parse(text).error ?? "";
    } catch {
      return "";
    }
  }

  function changed() {
    document.body.dispatchEvent(new CustomEvent("hub:changed"));
  }
});

// <form data-module="batches" data-sent="%(done)s of %(total)s sent" data-failed="…">: very many files go in parts, one
// after the other, with their count on the button; the page comes anew when all of them are there. A part that fails
// ends it: what was sent before is kept.
import { csrfToken } from "./behaviours.js";
import { toast } from "./toast.js";

const A_PART = 40;

export default function attach(form) {
  const input = form.querySelector("input[type=file]");
  form.addEventListener("submit", async (event) => {
    // captions belong to pictures that are there already
    const files = [...input.files].sort((a, b) => isCaption(a) - isCaption(b));
    if (files.length <= A_PART) return;
    event.preventDefault();
    const button = event.submitter ?? form.querySelector("button");
    button.disabled = true;
    for (let done = 0; done < files.length; done += A_PART) {
      button.textContent = form.dataset.sent.replace("%(done)s", done).replace("%(total)s", files.length);
      const body = new FormData();
      body.append("csrfmiddlewaretoken", csrfToken());
      for (const file of files.slice(done, done + A_PART)) body.append(input.name, file);
      // what could not be taken is told by the page that comes at the end
      const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => null);
      if (answer?.type === "opaqueredirect") continue;
      toast(form.dataset.failed, { kind: "danger" });
      setTimeout(() => location.reload(), 4000);
      return;
    }
    location.reload();
  });
}

const isCaption = (file) => Number(/\.txt$/i.test(file.name));

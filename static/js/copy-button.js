// Copies data-text, or the text of data-target, and says so for two seconds.
import { swapIcon } from "./behaviours.js";

export default function attach(button) {
  button.hidden = false;
  let timer;
  button.addEventListener("click", async () => {
    const target = button.dataset.target && document.getElementById(button.dataset.target);
    const text = target ? (target.value ?? target.textContent) : button.dataset.text;
    if (!(await copied(text))) return;
    const name = button.getAttribute("data-name") ?? button.getAttribute("aria-label");
    if (name) button.dataset.name = name;
    swapIcon(button, "check");
    button.classList.add("is-ok");
    if (name) button.setAttribute("aria-label", button.dataset.done);
    clearTimeout(timer);
    timer = setTimeout(() => {
      swapIcon(button, "copy");
      button.classList.remove("is-ok");
      if (name) button.setAttribute("aria-label", name);
    }, 2000);
  });
}

// navigator.clipboard exists on https and localhost only; a phone on the local network needs the old way.
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "sr";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

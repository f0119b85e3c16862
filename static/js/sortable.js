// A list put in order by dragging or by keys. Children carry data-id; each has a [data-handle] (a button): drag it, or
// focus it and press the arrow keys. Emits "sorted" with {ids}; with data-url it posts {ids} there; hidden inputs
// inside the children go along by themselves, so a plain form works too.
import { send } from "./behaviours.js";
import { toast } from "./toast.js";

export default function attach(list) {
  let held = null;
  list.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest("[data-handle]");
    if (!handle || event.button) return;
    held = childOf(handle);
    handle.setPointerCapture(event.pointerId);
    held.classList.add("is-held");
    event.preventDefault();
  });
  list.addEventListener("pointermove", (event) => {
    if (!held) return;
    const over = childOf(document.elementFromPoint(event.clientX, event.clientY));
    if (!over || over === held) return;
    const children = [...list.children];
    if (children.indexOf(over) > children.indexOf(held)) over.after(held);
    else over.before(held);
  });
  const drop = () => {
    if (!held) return;
    held.classList.remove("is-held");
    held = null;
    tell();
  };
  list.addEventListener("pointerup", drop);
  list.addEventListener("pointercancel", drop);
  list.addEventListener("keydown", (event) => {
    const handle = event.target.closest("[data-handle]");
    const step = { ArrowUp: -1, ArrowLeft: -1, ArrowDown: 1, ArrowRight: 1 }[event.key];
    if (!handle || !step) return;
    event.preventDefault();
    const child = childOf(handle);
    const other = step < 0 ? child.previousElementSibling : child.nextElementSibling;
    if (!other) return;
    if (step < 0) other.before(child);
    else other.after(child);
    handle.focus();
    tell();
  });

  function childOf(element) {
    while (element && element.parentElement !== list) element = element.parentElement;
    return element;
  }

  async function tell() {
    const ids = [...list.children].map((child) => child.dataset.id).filter(Boolean);
    list.dispatchEvent(new CustomEvent("sorted", { bubbles: true, detail: { ids } }));
    if (!list.dataset.url) return;
    try {
      await send(list.dataset.url, { method: "POST", body: { ids } });
    } catch (error) {
      toast(error.message, { kind: "danger" });
    }
  }
}

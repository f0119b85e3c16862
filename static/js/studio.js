// The studio's form: keys, weights of words, settings pasted from other tools. Everything works without it.
import { behave, send } from "./behaviours.js";

behave("studio", (form) => {
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("[data-generate]") ?? undefined);
    }
    const steps = { ArrowUp: 0.1, ArrowDown: -0.1 };
    if (event.ctrlKey && event.key in steps && event.target.matches("[data-prompt]")) {
      event.preventDefault();
      weigh(event.target, steps[event.key]);
    }
  });
  form.querySelector("[data-prompt]")?.addEventListener("paste", async (event) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!/\bSteps: \d+/.test(text) || !/\bSampler: /.test(text)) return;
    event.preventDefault();
    const body = new FormData();
    body.set("text", text);
    const { url } = await send(form.dataset.readings, { method: "POST", body });
    location.assign(url);
  });
});

// A preview that is not there yet is no broken picture.
behave("fallback", (image) => {
  image.addEventListener("error", () => (image.hidden = true));
  if (image.complete && !image.naturalWidth) image.hidden = true; // it failed before this script came
});

// (word:1.1) around the selection, or the word at the caret; back at 1 the brackets go.
function weigh(field, change) {
  let { selectionStart: start, selectionEnd: end, value } = field;
  const around = /\(([^()]*):([\d.]+)\)/g;
  for (const match of value.matchAll(around)) {
    if (match.index <= start && match.index + match[0].length >= end) {
      const weight = Math.round((Number(match[2]) + change) * 10) / 10;
      const text = weight === 1 ? match[1] : `(${match[1]}:${weight})`;
      return replace(field, match.index, match.index + match[0].length, text);
    }
  }
  if (start === end) {
    while (start > 0 && /[^\s,()]/.test(value[start - 1])) start -= 1;
    while (end < value.length && /[^\s,()]/.test(value[end])) end += 1;
  }
  const words = value.slice(start, end).trim();
  if (words) replace(field, start, end, `(${words}:${Math.round((1 + change) * 10) / 10})`);
}

function replace(field, start, end, text) {
  field.setRangeText(text, start, end, "select");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

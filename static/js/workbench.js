// The moderator's keys and covers. Keys choose, Ctrl+Enter decides; a picture is seen while its button or V is held,
// grey and small, and is not even loaded before. While the page is open the item is claimed.
import { csrfToken } from "./behaviours.js";

const EVERY_MS = 60_000;

export default function attach(bench) {
  const form = bench.querySelector("[data-decide]");
  const claim = () => fetch(bench.dataset.claim, { method: "POST", headers: { "X-CSRFToken": csrfToken() } });
  if (bench.dataset.claim) {
    claim();
    setInterval(claim, EVERY_MS);
  }

  for (const media of bench.querySelectorAll("[data-reveal]")) cover(media);

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form?.requestSubmit();
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "j") bench.querySelector("[data-next]")?.click();
    if (event.key === "k") bench.querySelector("[data-previous]")?.click();
    // a rule by its place in the list, and the keys never press a button
    if (/^[1-9]$/.test(event.key)) choose(Number(event.key));
  });

  offerFacts(form);
  bench.dataset.ready = "";

  function choose(place) {
    const select = form?.querySelector("select[name=clause]");
    if (!select?.options[place]) return;
    select.selectedIndex = place;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function cover(media) {
    const button = media.querySelector("[data-hold]");
    let image = null;
    const show = () => {
      if (!image) {
        image = new Image();
        image.alt = "";
        image.className = "bench-shown";
        image.src = media.dataset.src;
        media.append(image);
      }
      media.classList.add("is-shown");
    };
    const hide = () => media.classList.remove("is-shown");
    button.addEventListener("pointerdown", show);
    for (const end of ["pointerup", "pointercancel", "pointerleave", "blur"]) button.addEventListener(end, hide);
    document.addEventListener("keydown", (event) => {
      if (event.key.toLowerCase() === "v" && !typing(event.target)) show();
    });
    document.addEventListener("keyup", (event) => {
      if (event.key.toLowerCase() === "v") hide();
    });
  }
}

// The rule's ready sentence stands in the field until somebody has written something of his own.
function offerFacts(form) {
  const wanted = form?.querySelector("#facts-wanted");
  const facts = form?.querySelector("textarea[name=facts]");
  const clause = form?.querySelector("select[name=clause]");
  if (!wanted || !facts || !clause) return;
  const sentences = JSON.parse(wanted.textContent);
  const ours = new Set(Object.values(sentences));
  const offer = () => {
    const acts = form.querySelector("input[name=action]:checked")?.value;
    if (facts.value.trim() && !ours.has(facts.value)) return;
    facts.value = acts && acts !== "keep" ? (sentences[clause.value] ?? "") : "";
  };
  // before htmx asks for the statement, which reads the field
  form.addEventListener("change", offer, { capture: true });
  facts.addEventListener("focus", () => {
    const start = facts.value.indexOf("[");
    if (start >= 0) facts.setSelectionRange(start, facts.value.indexOf("]", start) + 1);
  });
}

function typing(element) {
  return element.closest?.("input:not([type=radio], [type=checkbox]), textarea, select") != null;
}

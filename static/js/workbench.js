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

  const boxes = [...bench.querySelectorAll("[name=also]")];
  const keys = {
    j: () => bench.querySelector("[data-next]")?.click(),
    k: () => bench.querySelector("[data-previous]")?.click(),
    "]": () => neighbour(1),
    "[": () => neighbour(-1),
    x: () => pick(boxes.filter((box) => !box.checked).slice(0, 1), true),
    o: () => pick(boxes.filter((box) => box.dataset.owner && box.dataset.owner === bench.dataset.owner), true),
    z: () => pick(boxes, false),
    w: () => form?.querySelector("[name=facts], [name=answer]")?.focus(),
    b: () => form?.querySelector("[name=reason]")?.focus(),
  };

  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]")) return;
    const sends = event.key === "Enter" && (event.ctrlKey || event.metaKey || chosen(event.target));
    if (sends) {
      event.preventDefault();
      form?.requestSubmit(form.querySelector("[data-confirm]"));
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    // a rule, or a level where that is what changes, by its place in the list; the keys never press a button
    if (/^[1-9]$/.test(event.key)) return choose(Number(event.key));
    if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  });

  bench.addEventListener("change", (event) => {
    if (event.target.name === "also") count();
  });
  document.querySelector(".queues [aria-current]")?.scrollIntoView({ inline: "nearest", block: "nearest" });
  count();
  offerFacts(form);
  bench.dataset.ready = "";

  function choose(place) {
    const changes = form?.querySelector("[name=action]:checked")?.value === "level";
    const select = form?.querySelector(changes ? "select[name=level]" : "select[name=clause]");
    if (!select?.options[place]) return;
    select.selectedIndex = place;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function neighbour(step) {
    const queues = [...document.querySelectorAll(".queues .chip[href*='queue=']")];
    const at = queues.findIndex((chip) => chip.ariaCurrent);
    queues[(at + step + queues.length) % queues.length]?.click();
  }

  function pick(some, checked) {
    for (const box of some) box.checked = checked;
    count();
  }

  function count() {
    const picked = boxes.filter((box) => box.checked).length;
    const shown = form?.querySelector("[data-picked]");
    if (shown) shown.textContent = picked ? `+${picked}` : "";
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

// The rule's first wording stands in the field until somebody has written something of his own; T offers the next.
function offerFacts(form) {
  const wanted = form?.querySelector("#facts-wanted");
  const facts = form?.querySelector("textarea[name=facts]");
  const clause = form?.querySelector("select[name=clause]");
  const row = form?.querySelector("[data-wordings]");
  if (!wanted || !facts || !clause) return;
  const wordings = JSON.parse(wanted.textContent);
  const ours = new Set(Object.values(wordings).flat());
  const restricts = () => {
    const acts = form.querySelector("input[name=action]:checked")?.value;
    return acts && acts !== "keep";
  };
  const some = () => (restricts() ? (wordings[clause.value] ?? []) : []);
  const put = (text) => {
    facts.value = text;
    facts.dispatchEvent(new Event("change", { bubbles: true }));
    show();
  };
  const show = () => {
    const texts = some();
    row.hidden = texts.length < 2;
    row.replaceChildren(
      ...texts.map((text) => {
        const chip = document.createElement("button");
        chip.type = "button";
        chip.className = "chip chip-sm";
        chip.textContent = text;
        chip.ariaPressed = String(facts.value === text);
        chip.addEventListener("click", () => {
          put(text);
          facts.focus();
        });
        return chip;
      }),
    );
  };
  const offer = (event) => {
    if (event.target === facts || event.target.name === "also") return;
    if (!facts.value.trim() || ours.has(facts.value)) facts.value = some()[0] ?? "";
    show();
  };
  // before htmx asks for the statement, which reads the field
  form.addEventListener("change", offer, { capture: true });
  facts.addEventListener("focus", () => {
    const start = facts.value.indexOf("[");
    if (start >= 0) facts.setSelectionRange(start, facts.value.indexOf("]", start) + 1);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "t" || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const texts = some();
    if (texts.length && (!facts.value.trim() || ours.has(facts.value))) {
      put(texts[(texts.indexOf(facts.value) + 1) % texts.length]);
    }
  });
  show();
}

// Enter confirms what a key has chosen; on a link, a button or in a field it is theirs.
function chosen(element) {
  return !element.closest("a, button, summary") && !typing(element);
}

function typing(element) {
  return element.closest?.("input:not([type=radio], [type=checkbox]), textarea, select") != null;
}

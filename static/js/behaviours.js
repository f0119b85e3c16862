// The register of behaviours. A behaviour is a function of one element; what it returns is kept nowhere.
const known = new Map();
const done = new WeakMap();

// behave("name", attach) or behave("name", () => import(…), { lazy: true }) whose default export is attach.
export function behave(name, attach, { lazy = false } = {}) {
  known.set(name, { attach, lazy });
  if (!lazy) attachAll(document);
}

export function attachAll(root) {
  if (root.matches?.("[data-module]")) attachTo(root);
  for (const element of root.querySelectorAll("[data-module]")) attachTo(element);
}

async function attachTo(element) {
  const had = done.get(element) ?? new Set();
  done.set(element, had);
  for (const name of element.dataset.module.split(/\s+/)) {
    if (!known.has(name) || had.has(name)) continue;
    had.add(name);
    const { attach, lazy } = known.get(name);
    const run = lazy ? (await attach()).default : attach;
    run(element);
  }
}

// A request of our own: the CSRF token of the page, JSON answers, and an error that says what the server said.
export async function send(url, { method = "GET", body, signal } = {}) {
  const headers = { Accept: "application/json", "X-CSRFToken": csrfToken() };
  if (body !== undefined && !(body instanceof FormData)) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(body);
  }
  const response = await fetch(url, { method, body, headers, signal, credentials: "same-origin" });
  const answer = response.headers.get("Content-Type")?.includes("json") ? await response.json() : {};
  if (!response.ok) throw Object.assign(new Error(answer.error ?? answer.detail ?? response.statusText), { status: response.status, answer });
  return answer;
}

export function csrfToken() {
  const field = document.querySelector("input[name=csrfmiddlewaretoken]");
  if (field) return field.value;
  return JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["x-csrftoken"] ?? "";
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${document.body.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

export function swapIcon(element, name) {
  element.querySelector("use")?.setAttribute("href", `${document.body.dataset.icons}#${name}`);
}

// say("%(done)s of %(total)s", {done, total}): texts come from the server, in the reader's language.
export function say(text, values = {}) {
  return (text ?? "").replace(/%\((\w+)\)s/g, (whole, key) => values[key] ?? whole);
}

const language = document.documentElement.lang || "en";

export function bytes(size) {
  for (const [limit, unit] of [[1e12, "TB"], [1e9, "GB"], [1e6, "MB"], [1e3, "kB"]]) {
    if (size >= limit) return `${new Intl.NumberFormat(language, { maximumSignificantDigits: 3 }).format(size / limit)} ${unit}`;
  }
  return `${size} B`;
}

export function duration(seconds) {
  const left = Math.max(1, Math.round(seconds));
  if (left < 90) return `${left} s`;
  if (left < 5400) return `${Math.round(left / 60)} min`;
  return `${Math.floor(left / 3600)} h ${Math.round((left % 3600) / 60)} min`;
}

export function clockTime(date = new Date()) {
  return new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false }).format(date);
}

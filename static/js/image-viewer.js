// The page of a picture over the feed it hangs in, under its own address. Arrows go on; Esc and Back return to the
// same place. Sits on the list; needs components/image_viewer.html once in the page. A modified click is left alone.
import { attachAll } from "./behaviours.js";

export default function attach(list) {
  const viewer = document.getElementById("viewer");
  if (!viewer?.showModal) return;
  const main = viewer.querySelector("[data-main]");
  const home = { url: location.href, title: document.title };
  let at = null;
  let asked = null;

  list.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-view]");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    home.url = location.href;
    history.pushState({ ...history.state, viewer: link.href }, "", link.href);
    open(link);
  });
  viewer.querySelector("[data-close]").addEventListener("click", leave);
  viewer.querySelector("[data-prev]").addEventListener("click", () => go(-1));
  viewer.querySelector("[data-next]").addEventListener("click", () => go(1));
  viewer.addEventListener("cancel", (event) => {
    event.preventDefault();
    leave();
  });
  viewer.addEventListener("keydown", (event) => {
    if (event.target.closest("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowLeft") go(-1);
    if (event.key === "ArrowRight") go(1);
  });
  window.addEventListener("popstate", (event) => {
    const link = event.state?.viewer && links().find((one) => one.href === event.state.viewer);
    if (link) open(link);
    else if (viewer.open) shut();
  });

  function links() {
    return [...list.querySelectorAll("a[data-view]")];
  }

  function go(step) {
    const all = links();
    const next = all[all.indexOf(at) + step];
    if (!next) return;
    history.replaceState({ ...history.state, viewer: next.href }, "", next.href);
    open(next);
    // the list grows while one goes through it
    if (all.indexOf(next) > all.length - 4) list.querySelector(".feed-end a")?.click();
  }

  function leave() {
    if (history.state?.viewer) history.back();
    else shut();
  }

  function shut() {
    asked?.abort();
    viewer.close();
    main.replaceChildren();
    document.title = home.title;
    at?.scrollIntoView({ block: "nearest" });
    at?.focus({ preventScroll: true });
  }

  async function open(link) {
    at = link;
    const all = links();
    viewer.querySelector("[data-prev]").hidden = all[0] === link;
    viewer.querySelector("[data-next]").hidden = all.at(-1) === link;
    if (!viewer.open) viewer.showModal();
    main.setAttribute("aria-busy", "true");
    asked?.abort();
    asked = new AbortController();
    try {
      const response = await fetch(link.href, { headers: { "X-Requested-With": "viewer" }, signal: asked.signal });
      if (!response.ok) throw new Error(response.status);
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      main.replaceChildren(...(page.querySelector("main") ?? page.body).childNodes);
      if (page.title) document.title = page.title;
      main.scrollTop = 0;
      window.htmx?.process(main);
      attachAll(main);
    } catch (error) {
      if (error.name !== "AbortError") location.assign(link.href);
      return;
    }
    main.removeAttribute("aria-busy");
  }
}

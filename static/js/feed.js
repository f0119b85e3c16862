// The end of a list: asks htmx for the next page when it comes near, five times; then the reader presses.
// What stands in the list is kept under the address, so that Back returns to the same place.
const AUTOMATIC = 5;

export default function attach(end) {
  const link = end.querySelector("a[hx-get]");
  const list = end.parentElement;
  if (!link || !list) return;
  const pages = Number(list.dataset.pages ?? 0);

  if (pages < AUTOMATIC) {
    const watch = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        watch.disconnect();
        link.dispatchEvent(new Event("feed:more"));
      },
      { rootMargin: "1200px" },
    );
    watch.observe(end);
  }

  end.addEventListener("htmx:beforeRequest", () => {
    link.setAttribute("aria-busy", "true");
    end.querySelector(".feed-failed").hidden = true;
  });
  end.addEventListener("htmx:afterRequest", (event) => {
    link.removeAttribute("aria-busy");
    if (event.detail.successful) {
      list.dataset.pages = pages + 1;
      list.setAttribute("aria-busy", "false");
      remember(list, link.href);
    } else end.querySelector(".feed-failed").hidden = false;
  });
}

// The address of the last page that was appended goes into the history's state: a reload or Back may ask for it by
// ?until= where a page knows that, and scroll restoration does the rest in browsers with a back/forward cache.
function remember(list, href) {
  const cursor = new URL(href, location.href).searchParams.get("cursor");
  history.replaceState({ ...history.state, cursor, pages: Number(list.dataset.pages) }, "");
}

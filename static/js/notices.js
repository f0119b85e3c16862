// A notification whose link is followed is read: told to the server first, so that the next page's bell counts right.
// Without a script there is “Mark all as read”.
import { csrfToken } from "./behaviours.js";

const PATIENCE_MS = 800;

export default function notices(list) {
  list.addEventListener("click", (event) => {
    const link = event.target.closest("[data-notice]");
    if (!link) return;
    const told = fetch(list.dataset.url, {
      method: "POST",
      headers: { "X-CSRFToken": csrfToken() },
      body: new URLSearchParams({ pk: link.dataset.notice }),
      keepalive: true,
      signal: AbortSignal.timeout(PATIENCE_MS),
    }).catch(() => {});
    if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    told.then(() => location.assign(link.href));
  });
}

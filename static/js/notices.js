// A notification whose link is followed is read: told to the server first, so that the next page's bell counts right.
// Without a script there is “Mark all as read”.
import { csrfToken } from "./behaviours.js";

const PATIENCE_MS = 3000;

// Settles when the server knows, or when it took too long.
export default function told(link) {
  return fetch(link.closest("[data-notices]").dataset.notices, {
    method: "POST",
    headers: { "X-CSRFToken": csrfToken() },
    body: new URLSearchParams({ pk: link.dataset.notice }),
    keepalive: true,
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).catch(() => {});
}

// A notification whose link is followed is read. Without a script there is “Mark all as read”.
export default function notices(list) {
  list.addEventListener("click", (event) => {
    const link = event.target.closest("[data-notice]");
    if (!link) return;
    const headers = JSON.parse(document.body.getAttribute("hx-headers") || "{}");
    fetch(list.dataset.url, {
      method: "POST",
      body: new URLSearchParams({ pk: link.dataset.notice }),
      headers,
      keepalive: true,
    }).catch(() => {});
  });
}

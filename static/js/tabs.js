// Tabs over panels of the same page: links to #ids. Without this all panels show, one below the other.
export default function attach(list) {
  const links = [...list.querySelectorAll("a[href^='#']")].filter((link) => link.hash.length > 1 && document.querySelector(link.hash));
  if (!links.length) return;
  const show = (link) => {
    for (const other of links) {
      const chosen = other === link;
      document.querySelector(other.hash).hidden = !chosen;
      if (chosen) other.setAttribute("aria-current", "true");
      else other.removeAttribute("aria-current");
    }
  };
  list.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!links.includes(link)) return;
    event.preventDefault();
    history.replaceState(history.state, "", link.hash);
    show(link);
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = links.indexOf(document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    links[(at + step + links.length) % links.length].focus();
  });
  show(links.find((link) => link.hash === location.hash) ?? links.find((link) => link.hasAttribute("aria-current")) ?? links[0]);
}

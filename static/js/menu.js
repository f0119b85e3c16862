// A popover menu: arrow keys go through it, and where the browser knows no anchors it is put under its button.
export default function attach(menu) {
  menu.addEventListener("toggle", (event) => {
    if (event.newState !== "open") return;
    if (!CSS.supports("position-area: bottom")) place(menu);
  });
  menu.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.target.matches("input:not([type=checkbox], [type=radio]), textarea")) return;
    const items = [...menu.querySelectorAll("a, button, input")];
    const at = items.indexOf(document.activeElement);
    items[(at + step + items.length) % items.length]?.focus();
    event.preventDefault();
  });
}

function place(menu) {
  const button = document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`);
  if (!button) return;
  const at = button.getBoundingClientRect();
  const wide = menu.offsetWidth;
  const left = menu.classList.contains("menu-end") ? at.right - wide : at.left;
  menu.style.setProperty("--x", `${Math.max(8, Math.min(left, innerWidth - wide - 8))}px`);
  menu.style.setProperty("--y", `${Math.min(at.bottom, innerHeight - menu.offsetHeight - 8)}px`);
}

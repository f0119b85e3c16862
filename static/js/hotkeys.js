// One key, one thing: "?" opens this list, and any visible element with data-hotkey="x" is focused or pressed by x;
// with data-hotkey-chooses it is focused alone.
export default function attach(dialog) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || typing(event.target)) return;
    if (event.key === "?") {
      if (!document.querySelector("dialog[open]")) dialog.showModal();
      return event.preventDefault();
    }
    if (document.querySelector("dialog[open]:not(.viewer)")) return;
    const scope = document.querySelector("dialog.viewer[open]") ?? document;
    const all = [...scope.querySelectorAll(`[data-hotkey="${CSS.escape(event.key)}"]`)];
    const target = all.find((element) => element.checkVisibility?.() ?? true);
    if (!target) {
      // on a narrow screen the field is not there, its page is
      if (event.key === "/" && scope === document) location.assign("/search/");
      return;
    }
    event.preventDefault();
    // what acts at once is only chosen: Enter presses it
    if (target.matches("input, textarea, select, [data-hotkey-chooses]")) {
      target.focus();
      target.select?.();
    } else target.click();
  });
}

function typing(element) {
  return element.closest?.("input:not([type=checkbox], [type=radio], [type=range], [type=button], [type=submit]), textarea, select, [contenteditable]") != null;
}

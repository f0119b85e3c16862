// A click beside a dialog closes it. Opening is by [data-dialog="id"], see main.js.
export default function attach(dialog) {
  if (!(dialog instanceof HTMLDialogElement)) return;
  dialog.addEventListener("click", (event) => {
    if (event.target !== dialog) return;
    const box = dialog.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) dialog.close();
  });
}

// Asks data-confirm before a button acts or a form is sent.
export default function attach(element) {
  element.addEventListener(element instanceof HTMLFormElement ? "submit" : "click", (event) => {
    if (window.confirm(element.dataset.confirm)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  });
}

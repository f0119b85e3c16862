// Light and dark without a reload; the form keeps the choice. Language does reload: every word changes.
export default function attach(form) {
  form.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (button?.name !== "theme") return;
    event.preventDefault();
    const body = new FormData(form);
    body.set("theme", button.value);
    body.delete("language");
    document.documentElement.dataset.theme = button.value;
    for (const other of form.querySelectorAll("[name=theme]")) {
      if (other === button) other.setAttribute("aria-pressed", "true");
      else other.removeAttribute("aria-pressed");
    }
    await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
  });
}

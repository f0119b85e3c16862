// allauth's passkey scripts tell of what went wrong by an event; people read it as a toast.
import { toast } from "./toast.js";

const texts = document.querySelector("[data-passkey-cancelled]")?.dataset ?? {};
document.addEventListener("allauth.error", (event) => {
  const name = event.detail?.exception?.name;
  const text = name === "NotAllowedError" || name === "AbortError" ? texts.passkeyCancelled : texts.passkeyFailed;
  if (!text) return;
  event.preventDefault();
  toast(text, { kind: "danger" });
});

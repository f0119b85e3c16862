// A slider paints its track up to the thumb (--v) and writes its value where its label has an <output>.
export default function attach(range) {
  const output = range.id && document.querySelector(`output[for="${CSS.escape(range.id)}"]`);
  const paint = () => {
    const low = Number(range.min || 0);
    const high = Number(range.max || 100);
    range.style.setProperty("--v", ((Number(range.value) - low) / (high - low)) * 100);
    if (output) output.textContent = range.value;
  };
  range.addEventListener("input", paint);
  range.form?.addEventListener("reset", () => setTimeout(paint));
  paint();
}

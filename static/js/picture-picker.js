// Pictures that a plain form will send: seen before they are sent, put in order, taken out again. The browser's own
// field holds them all the time, so the form is the same form without a script.
// Markup: bounties/_pictures.html; the list is a "sortable" too.
import { icon } from "./behaviours.js";

export default function attach(box) {
  const said = box.dataset;
  const input = box.querySelector("input[type=file]");
  const zone = box.querySelector(".drop-zone");
  const list = box.querySelector("[data-list]");
  let files = [];

  input.addEventListener("change", () => add([...input.files]));
  for (const name of ["dragenter", "dragover"]) {
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.add("is-over");
    });
  }
  for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("is-over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    add([...event.dataTransfer.files]);
  });
  list.addEventListener("sorted", (event) => {
    files = event.detail.ids.map((id) => files[id]);
    show();
    list.querySelectorAll("[data-handle]")[files.findIndex((file) => file === held)]?.focus();
  });
  let held = null;
  list.addEventListener("keydown", (event) => {
    held = files[event.target.closest("li")?.dataset.id] ?? null;
  }, { capture: true });

  if (input.files.length) add([...input.files]); // chosen before this script came

  // Choosing again adds; the same file twice is once.
  function add(more) {
    const marks = new Set(files.map(mark));
    files = [...files, ...more.filter((file) => !marks.has(mark(file)))];
    show();
  }

  function show() {
    const kept = new DataTransfer();
    for (const file of files) kept.items.add(file);
    input.files = kept.files;
    list.hidden = !files.length;
    list.replaceChildren(...files.map(row));
  }

  function row(file, number) {
    const item = document.createElement("li");
    item.dataset.id = number;
    const shot = document.createElement("div");
    shot.className = "shot";
    const image = new Image();
    image.alt = file.name;
    const url = URL.createObjectURL(file);
    image.onload = () => URL.revokeObjectURL(url);
    image.onerror = () => {
      URL.revokeObjectURL(url);
      image.replaceWith(file.name); // no picture that this browser knows: the server says what it is
    };
    image.src = url;
    shot.append(image);
    const out = button("x", `${said.sayOut}: ${file.name}`);
    out.addEventListener("click", () => {
      files = files.filter((other) => other !== file);
      show();
      input.focus();
    });
    const move = button("grip-vertical", `${said.sayMove}: ${file.name}`);
    move.dataset.handle = "";
    const foot = document.createElement("div");
    foot.className = "row row-1 between";
    foot.append(move, out);
    item.append(shot, foot);
    return item;
  }
}

function mark(file) {
  return `${file.name}|${file.size}|${file.lastModified}`;
}

function button(name, label) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "icon-button icon-button-sm";
  element.setAttribute("aria-label", label);
  element.title = label;
  element.append(icon(name));
  return element;
}

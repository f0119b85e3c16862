// Files of any size, straight from the browser to the store. The server signs; the store says which parts it has; so a
// lost connection, a closed page or an expired address costs no more than the parts that were on their way.
// Markup: components/uploader.html. Emits "upload:done" {id, name, size} and "upload:removed" {id}.
import { bytes, duration, icon, say, send, swapIcon } from "./behaviours.js";

const IN_FLIGHT = 4;
const SIGN_AT_ONCE = 20;
const MIB = 1024 * 1024;
const PATIENCE = 8; // failures of one part in a row, while online, before the reader is asked
const SLOWEST_MS = 30_000;

export default function attach(box) {
  const said = box.dataset;
  const zone = box.querySelector(".drop-zone");
  const input = zone.querySelector("input[type=file]");
  const list = box.querySelector("[data-list]");
  const kept = remembered(said.purpose);

  input.addEventListener("change", chosen);
  for (const name of ["dragenter", "dragover"]) {
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.add("is-over");
    });
  }
  for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("is-over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer.files);
  });

  for (const record of kept.all()) offerToGoOn(record);
  if (input.files.length) chosen(); // before this script came

  // A form that sends what has arrived must not leave behind what is still on its way.
  if (said.sayUnfinished) {
    box.closest("form")?.addEventListener("submit", (event) => {
      const busy = list.querySelector(".uploader:not(.is-bad, .is-waiting, :has(input))");
      box.querySelector(":scope > .error")?.remove();
      if (!busy) return;
      event.preventDefault();
      const line = make("p", "error");
      line.setAttribute("role", "alert");
      line.append(icon("circle-alert"), said.sayUnfinished);
      box.append(line);
      busy.scrollIntoView({ block: "center" });
    });
  }

  function chosen() {
    take(input.files);
    input.value = ""; // choosing the same file again must be heard too
  }

  function take(files) {
    const taken = input.multiple ? [...files] : [...files].slice(0, 1);
    for (const file of taken) start(file);
  }

  // What a closed page left behind: the browser forgot the file, the store kept its parts.
  async function offerToGoOn(record) {
    let status;
    try {
      status = await send(`${said.url}${record.id}/`);
    } catch (error) {
      if (error.status === 404) kept.drop(record.id);
      return;
    }
    if (status.state !== "open") return kept.drop(record.id);
    if (list.querySelector(`[data-upload="${record.id}"]`)) return;
    const row = makeRow(status.filename, status.size, said, { waiting: true });
    row.element.dataset.upload = record.id;
    row.progress(weighed(status, status.received));
    row.note(say(said.sayResume, { done: bytes(weighed(status, status.received)) }));
    row.onCancel = async () => {
      await send(`${said.url}${record.id}/`, { method: "DELETE" }).catch(() => {});
      kept.drop(record.id);
      row.element.remove();
    };
    list.append(row.element);
  }

  async function start(file) {
    const row = makeRow(file.name, file.size, said);
    list.append(row.element);
    const most = Number(said.max) || Infinity;
    if (!file.size) return row.fail(said.sayEmpty);
    if (file.size > most) return row.fail(say(said.sayLarge, { size: bytes(file.size), max: bytes(most) }));

    row.note(said.sayHashing);
    let status;
    let gone = false;
    row.onCancel = () => {
      gone = true;
      row.element.remove();
    };
    while (!status) {
      try {
        const mark = await fingerprint(file);
        status = await send(said.url, { method: "POST", body: { purpose: said.purpose, filename: file.name, size: file.size, fingerprint: mark } });
      } catch (error) {
        if (error.status) return row.fail(error.message);
        if (navigator.onLine) return row.fail(said.sayError, () => again(file, row));
        row.note(said.sayWaiting);
        await new Promise((resolve) => addEventListener("online", resolve, { once: true }));
      }
      if (gone) return;
    }
    list.querySelector(`[data-upload="${status.id}"]`)?.remove();
    row.element.dataset.upload = status.id;
    kept.add(status.id);
    new Transfer(file, status, row).run();
  }

  function again(file, row) {
    row.element.remove();
    start(file);
  }

  class Transfer {
    constructor(file, status, row) {
      Object.assign(this, { file, status, row });
      this.url = `${said.url}${status.id}/`;
      this.done = new Set(status.received);
      this.open = new Map(); // number → {xhr, sent}
      this.addresses = new Map();
      this.failures = new Map();
      this.samples = [];
      this.paused = this.ended = false;
      row.onPause = () => this.pause();
      row.onCancel = () => this.cancel();
    }

    async run() {
      addEventListener("online", this.wake);
      addEventListener("offline", this.show);
      this.fill();
    }

    wake = () => this.fill();

    get todo() {
      const numbers = [];
      for (let number = 1; number <= this.status.parts; number++) {
        if (!this.done.has(number) && !this.open.has(number)) numbers.push(number);
      }
      return numbers;
    }

    fill() {
      if (this.ended || this.paused) return;
      this.show();
      if (this.done.size === this.status.parts) return this.finish();
      for (const number of this.todo.slice(0, IN_FLIGHT - this.open.size)) this.part(number);
    }

    async part(number) {
      const flight = { sent: 0, xhr: null };
      this.open.set(number, flight);
      try {
        const address = await this.address(number);
        if (this.paused || this.ended) return;
        await this.put(number, address, flight);
        this.done.add(number);
        this.failures.delete(number);
      } catch (error) {
        if (this.paused || this.ended) return;
        if (error.status === 403) this.addresses.delete(number); // the address grew old: sign again
        if (error.sentence) return this.stop(error.sentence);
        this.open.delete(number);
        await this.rest(number);
      } finally {
        if (this.open.get(number) === flight) this.open.delete(number);
        this.fill();
      }
    }

    // One request signs what comes next, for all parts that ask at the same time.
    async address(number) {
      while (!this.addresses.has(number)) {
        this.signing ??= this.sign(number).finally(() => (this.signing = null));
        await this.signing;
      }
      return this.addresses.get(number);
    }

    async sign(first) {
      const wanted = [first, ...this.todo, ...this.open.keys()].filter((number) => !this.addresses.has(number));
      const numbers = [...new Set(wanted)].slice(0, SIGN_AT_ONCE);
      try {
        const { urls } = await send(`${this.url}parts/`, { method: "POST", body: { numbers } });
        for (const [number, url] of Object.entries(urls)) this.addresses.set(Number(number), url);
      } catch (error) {
        // what the server refuses in words will not change by asking again
        if ([400, 401, 403, 404, 409].includes(error.status)) error.sentence = error.message || said.sayError;
        else delete error.status;
        throw error;
      }
    }

    put(number, address, flight) {
      const from = (number - 1) * this.status.part_size;
      const piece = this.file.slice(from, Math.min(from + this.status.part_size, this.file.size));
      return new Promise((resolve, reject) => {
        const xhr = (flight.xhr = new XMLHttpRequest());
        xhr.open("PUT", address);
        xhr.upload.onprogress = (event) => {
          flight.sent = event.loaded;
          this.show();
        };
        xhr.onload = () => (xhr.status < 300 ? resolve() : reject(Object.assign(new Error("part"), { status: xhr.status })));
        xhr.onabort = () => reject(new Error("aborted"));
        xhr.onerror = async () => {
          // a file that was moved or changed on disk looks like a lost network
          const readable = await piece.slice(0, 1).arrayBuffer().then(() => true, () => false);
          reject(Object.assign(new Error("network"), readable ? {} : { sentence: said.sayError }));
        };
        xhr.send(piece);
      });
    }

    // Longer after each failure, never at the same moment as the other parts; offline does not count.
    async rest(number) {
      // reserve the place, so that fill() does not start it before its time
      const flight = { sent: 0, xhr: null };
      this.open.set(number, flight);
      if (navigator.onLine) {
        const failures = (this.failures.get(number) ?? 0) + 1;
        this.failures.set(number, failures);
        if (failures > PATIENCE) return this.stop(said.sayError);
        this.row.note(said.sayRetry);
        const wait = Math.min(SLOWEST_MS, 500 * 2 ** failures) * (0.5 + Math.random());
        await new Promise((resolve) => setTimeout(resolve, wait));
      } else {
        this.show();
        await new Promise((resolve) => addEventListener("online", resolve, { once: true }));
      }
      if (this.open.get(number) === flight) this.open.delete(number);
    }

    async finish() {
      if (this.finishing) return;
      this.finishing = true;
      this.row.note(said.sayFinishing);
      for (let attempt = 1; ; attempt++) {
        try {
          await send(`${this.url}completion/`, { method: "POST", body: {} });
          break;
        } catch (error) {
          if (error.answer?.code === "parts_missing") {
            const status = await send(this.url).catch(() => null);
            this.finishing = false;
            if (status) this.done = new Set(status.received);
            return setTimeout(() => this.fill(), 1000);
          }
          if (error.status && error.status < 500) return this.stop(error.message);
          if (attempt > PATIENCE) return this.stop(said.sayError);
          await new Promise((resolve) => setTimeout(resolve, Math.min(SLOWEST_MS, 500 * 2 ** attempt)));
        }
      }
      this.close();
      kept.drop(this.status.id);
      const { id } = this.status;
      this.row.finished(said.name, id);
      this.row.onCancel = async () => {
        await send(this.url, { method: "DELETE" }).catch(() => {});
        this.row.element.remove();
        box.dispatchEvent(new CustomEvent("upload:removed", { bubbles: true, detail: { id } }));
      };
      box.dispatchEvent(new CustomEvent("upload:done", { bubbles: true, detail: { id, name: this.file.name, size: this.file.size } }));
    }

    pause() {
      this.paused = !this.paused;
      this.row.paused(this.paused);
      if (!this.paused) return this.fill();
      this.halt();
      this.samples = [];
      this.row.note(said.sayPaused);
    }

    halt() {
      for (const { xhr } of this.open.values()) xhr?.abort();
      this.open.clear();
    }

    async cancel() {
      this.close();
      kept.drop(this.status.id);
      this.row.element.remove();
      await send(this.url, { method: "DELETE" }).catch(() => {});
    }

    stop(sentence) {
      if (this.ended) return;
      this.close();
      this.row.fail(sentence, () => again(this.file, this.row));
    }

    close() {
      this.ended = true;
      this.halt();
      removeEventListener("online", this.wake);
      removeEventListener("offline", this.show);
    }

    show = () => {
      if (this.ended || this.paused) return;
      let sent = weighed(this.status, this.done);
      for (const flight of this.open.values()) sent += flight.sent;
      this.row.progress(sent);
      if (!navigator.onLine) return this.row.note(said.sayWaiting);
      const now = performance.now();
      if (now - (this.samples.at(-1)?.at ?? 0) > 250) this.samples.push({ at: now, sent });
      while (this.samples.length > 2 && now - this.samples[0].at > 10_000) this.samples.shift();
      const [first] = this.samples;
      const rate = first && now - first.at > 1000 ? ((sent - first.sent) / (now - first.at)) * 1000 : 0;
      if (rate > 0) this.row.note(say(said.sayRate, { rate: bytes(rate), left: duration((this.file.size - sent) / rate) }));
    };
  }
}

function weighed(status, numbers) {
  let size = 0;
  for (const number of numbers) size += Math.min(status.part_size, status.size - (number - 1) * status.part_size);
  return size;
}

// The same file again, after a reload: its name, size and time, and its first and last MiB.
async function fingerprint(file) {
  const head = new TextEncoder().encode(`${file.name}|${file.size}|${file.lastModified}|`);
  const ends = [head, file.slice(0, MIB), file.slice(Math.max(MIB, file.size - MIB))];
  const content = new Uint8Array(await new Blob(ends).arrayBuffer());
  if (crypto.subtle) return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", content)));
  // plain http from another machine has no crypto.subtle; this finds a file again, it protects nothing
  let [a, b] = [0x811c9dc5, 0x1000193];
  for (const byte of content) {
    a = Math.imul(a ^ byte, 0x01000193) >>> 0;
    b = Math.imul(b + byte, 0x85ebca6b) >>> 0;
  }
  return `plain-${a.toString(16)}-${b.toString(16)}-${file.size}`;
}

function hex(array) {
  return [...array].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Ids of uploads that this browser began and has not ended.
function remembered(purpose) {
  const key = `uploads ${purpose}`;
  const read = () => {
    try {
      return JSON.parse(localStorage.getItem(key) ?? "[]");
    } catch {
      return [];
    }
  };
  const write = (all) => {
    try {
      localStorage.setItem(key, JSON.stringify(all.slice(-50)));
    } catch {
      // a private window without storage: resuming still works by choosing the file again
    }
  };
  return {
    all: read,
    add: (id) => write([...read().filter((one) => one.id !== id), { id }]),
    drop: (id) => write(read().filter((one) => one.id !== id)),
  };
}

function makeRow(name, size, said, { waiting = false } = {}) {
  const element = document.createElement("article");
  element.className = "uploader";
  element.setAttribute("aria-label", name);
  const head = make("div", "row row-tight");
  const label = make("span", "grow clip");
  const bold = make("b", "", name);
  label.append(bold);
  const figures = make("span", "num small faint nowrap hide-narrow");
  const share = make("b", "num", "0 %");
  const pause = button("pause", said.sayPause);
  const cancel = button("x", said.sayCancel);
  head.append(icon("file-box"), label, figures, share, pause, cancel);
  const meter = make("div", "meter");
  for (const [key, value] of [["role", "progressbar"], ["aria-valuemin", 0], ["aria-valuemax", 100], ["aria-label", name]]) meter.setAttribute(key, value);
  const note = make("p", "small faint");
  element.append(head, meter, note);
  pause.hidden = waiting;
  element.classList.toggle("is-waiting", waiting);

  const row = { element, onPause: null, onCancel: () => element.remove() };
  pause.addEventListener("click", () => row.onPause?.());
  cancel.addEventListener("click", () => row.onCancel());
  row.note = (text) => {
    if (note.textContent !== text) note.textContent = text;
  };
  row.progress = (sent) => {
    const part = Math.floor((100 * Math.min(sent, size)) / size);
    share.textContent = `${part} %`;
    figures.textContent = say(said.sayOf, { done: bytes(Math.min(sent, size)), total: bytes(size) });
    meter.style.setProperty("--v", part);
    meter.setAttribute("aria-valuenow", part);
  };
  row.paused = (yes) => {
    swapIcon(pause, yes ? "play" : "pause");
    pause.setAttribute("aria-label", yes ? said.sayGo : said.sayPause);
    pause.title = pause.getAttribute("aria-label");
  };
  row.fail = (sentence, retry) => {
    element.classList.add("is-bad");
    meter.remove();
    pause.remove();
    share.replaceWith(make("span", "job job-failed", said.sayFailed));
    figures.textContent = bytes(size);
    const line = make("p", "error");
    line.setAttribute("role", "alert");
    line.append(icon("circle-alert"), sentence);
    note.replaceWith(line);
    if (retry) {
      const go = make("button", "button button-sm", said.sayGo);
      go.type = "button";
      go.addEventListener("click", retry, { once: true });
      const foot = make("div", "row");
      foot.append(go);
      element.append(foot);
    }
  };
  row.finished = (name_, id) => {
    meter.remove();
    pause.remove();
    note.remove();
    figures.textContent = bytes(size);
    share.replaceWith(make("span", "job job-done", said.sayDone));
    cancel.setAttribute("aria-label", said.sayRemove);
    cancel.title = said.sayRemove;
    const field = make("input");
    field.type = "hidden";
    field.name = name_;
    field.value = id;
    element.append(field);
  };
  row.progress(0);
  return row;
}

function make(tag, css = "", text = "") {
  const element = document.createElement(tag);
  if (css) element.className = css;
  if (text) element.textContent = text;
  return element;
}

function button(name, label) {
  const element = make("button", "icon-button icon-button-sm");
  element.type = "button";
  element.setAttribute("aria-label", label);
  element.title = label;
  element.append(icon(name));
  return element;
}

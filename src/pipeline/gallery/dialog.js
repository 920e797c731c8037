// One picture as large as the window, with its neighbours a key away.

class LargeView {
  // `list` says what comes before and after.
  constructor(list) {
    this.list = list;
    this.dialog = document.getElementById("large");
    this.parts = {};
    for (const part of ["name", "place", "frame", "message", "facts"]) {
      this.parts[part] = document.getElementById(`large-${part}`);
    }
    this.previous = document.getElementById("previous");
    this.next = document.getElementById("next");
    this.previous.addEventListener("click", () => this.move(-1));
    this.next.addEventListener("click", () => this.move(1));
    document.getElementById("close").addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("keydown", (event) => this.onKey(event));
    this.dialog.addEventListener("close", () => this.onClose());
  }

  open(entry) {
    this.show(entry);
    this.dialog.showModal();
    this.focusCut();
  }

  show(entry) {
    this.entry = entry;
    const place = this.list.items.indexOf(entry);
    this.parts.name.textContent = entry.name;
    this.parts.place.textContent =
        `${kNumbers.format(place + 1)} of ${kNumbers.format(this.list.items.length)}`;
    this.previous.disabled = place <= 0;
    this.next.disabled = place + 1 >= this.list.items.length;
    this.parts.message.textContent = entry.message || "";
    this.parts.message.hidden = !entry.message;
    this.parts.message.className = entry.status;
    this.parts.facts.replaceChildren(...facts({...entry, message: ""}), ...links(entry));
    this.pair = null;
    this.parts.frame.replaceChildren(this.picture(entry));
  }

  // Thumbnails first; the pictures themselves take their place once they are there. A browser shows
  // some formats not at all.
  picture(entry) {
    const before = thumbnail(entry.before);
    const after = thumbnail(entry.after);
    if (!entry.before && !entry.after) {
      return element("p", {className: "no-preview", textContent: "no picture"});
    }
    this.pair = comparison(entry, entry.before && (before || entry.before.link),
                           entry.after && (after || entry.after.link));
    for (const picture of this.pair.pictures) {
      const kind = picture.className;
      const full = element("img", {decoding: "async"});
      full.src = entry[kind].link;
      full.decode().then(() => { picture.src = full.src; }, () => this.onUnreadable(entry, kind));
    }
    return this.pair.element;
  }

  onUnreadable(entry, kind) {
    if (this.entry !== entry || entry.status === "failed") return;
    const text = `${kind}: a preview, since this browser cannot open the file`;
    this.parts.facts.append(element("span", {className: "fact", textContent: text}));
  }

  focusCut() {
    const cut = this.parts.frame.querySelector("input");
    (cut || document.getElementById("close")).focus();
  }

  move(by) {
    const entry = this.list.items[this.list.items.indexOf(this.entry) + by];
    if (!entry) return;
    const cut = this.pair ? this.pair.cut : 50;
    const inFrame = this.parts.frame.contains(document.activeElement);
    this.show(entry);
    if (this.pair) this.pair.cut = cut;
    if (inFrame || document.activeElement.disabled || document.activeElement === document.body) this.focusCut();
  }

  onKey(event) {
    const by = {ArrowUp: -1, ArrowDown: 1, PageUp: -1, PageDown: 1}[event.key];
    if (!by || event.target === this.parts.message) return;
    event.preventDefault();
    this.move(by);
  }

  onClose() {
    this.parts.frame.replaceChildren();
    this.list.focus(this.entry, ".name");
  }
}

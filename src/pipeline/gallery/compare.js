// A picture before and after, with a cut between them that pointer and keys move.

// element("p", {className: "x"}, child, ...): a new element; children are nodes or text.
function element(name, properties = {}, ...children) {
  const node = document.createElement(name);
  Object.assign(node, properties);
  node.append(...children);
  return node;
}

class Comparison {
  // `before` and `after` are addresses, or empty where there is no such picture.
  constructor(name, before, after, ratio) {
    this.element = element("div", {className: "pair"});
    this.pictures = [];
    if (after) this.addPicture("after", `After: ${name}`, after);
    if (before) this.addPicture("before", `Before: ${name}`, before);
    this.setRatio(ratio || 1);
    if (before && after) {
      this.addCut(name);
    } else {
      this.element.classList.add("single");
    }
  }

  addPicture(kind, alt, source) {
    const picture = element("img", {className: kind, alt, decoding: "async", draggable: false});
    picture.addEventListener("load", () => this.onLoad());
    picture.src = source;
    this.pictures.push(picture);
    this.element.append(picture);
  }

  addCut(name) {
    this.input = element("input", {type: "range", min: 0, max: 100, step: 1, value: 50});
    this.input.setAttribute("aria-label", `How much of ${name} is shown as it was before`);
    this.input.addEventListener("input", () => this.showCut());
    this.element.append(element("span", {className: "tag before", textContent: "before"}),
                        element("span", {className: "tag after", textContent: "after"}),
                        element("span", {className: "line"}), this.input);
    this.element.addEventListener("pointerdown", (event) => this.onDown(event));
    this.element.addEventListener("pointermove", (event) => this.onMove(event));
    this.element.addEventListener("pointerup", (event) => this.onUp(event));
    this.element.addEventListener("pointercancel", () => { this.start = null; });
    this.showCut();
  }

  get cut() { return this.input ? Number(this.input.value) : 50; }

  set cut(value) {
    if (!this.input) return;
    this.input.value = Math.round(Math.min(100, Math.max(0, value)));
    this.showCut();
  }

  showCut() {
    this.element.style.setProperty("--cut", `${this.cut}%`);
    this.element.classList.toggle("low", this.cut < 20);
    this.element.classList.toggle("high", this.cut > 80);
    this.input.setAttribute("aria-valuetext", `${this.cut} percent before`);
  }

  setRatio(ratio) { this.element.style.setProperty("--ratio", ratio.toFixed(4)); }

  // The pictures know their shape best. Where the two differ in it they stand side by side.
  onLoad() {
    const ratios = this.pictures.filter((picture) => picture.naturalHeight > 0)
                       .map((picture) => picture.naturalWidth / picture.naturalHeight);
    const apart = ratios.length === 2 && Math.abs(ratios[0] / ratios[1] - 1) > 0.03;
    this.element.classList.toggle("apart", apart);
    this.setRatio(apart ? ratios[0] + ratios[1] : ratios[0]);
    if (apart) this.element.style.setProperty("--share", ratios[1] / (ratios[0] + ratios[1]));
  }

  // A mouse means it at once; a finger may want to scroll.
  onDown(event) {
    if (event.button !== 0 || event.target.closest("button")) return;
    this.start = {x: event.clientX, y: event.clientY, moves: event.pointerType !== "touch"};
    this.element.setPointerCapture(event.pointerId);
    if (this.start.moves) {
      event.preventDefault();
      this.input.focus({preventScroll: true});
      this.follow(event);
    }
  }

  onMove(event) {
    if (!this.start) return;
    const across = Math.abs(event.clientX - this.start.x);
    this.start.moves ||= across > 6 && across > Math.abs(event.clientY - this.start.y);
    if (this.start.moves) this.follow(event);
  }

  onUp(event) {
    if (this.start) this.follow(event);
    this.start = null;
  }

  follow(event) {
    const box = this.element.getBoundingClientRect();
    this.cut = 100 * (event.clientX - box.left) / box.width;
  }
}

// A list of any length of which only the cards near the window exist.

class CardList {
  // `makeCard(item)` returns a card's element. All cards are equally high.
  constructor(list, makeCard) {
    this.list = list;
    this.makeCard = makeCard;
    this.items = [];
    this.cards = new Map();  // by item
    this.columns = 1;
    this.rowHeight = 1;
    this.width = 0;
    this.waiting = false;
    const later = () => this.renderSoon();
    addEventListener("scroll", later, {passive: true});
    addEventListener("resize", later);
    new ResizeObserver(() => this.onResize()).observe(list);
    list.addEventListener("keydown", (event) => this.onKey(event));
  }

  // How many items there is room for: browsers stop short of endless pages.
  static mostRows(rowHeight) { return Math.max(1, Math.floor(12e6 / rowHeight)); }

  get shown() {
    return Math.min(this.items.length, this.columns * CardList.mostRows(this.rowHeight));
  }

  show(items) {
    this.items = items;
    const wanted = new Set(items);
    for (const [item, card] of this.cards) {
      if (!wanted.has(item)) this.drop(item, card);
    }
    this.layOut();
  }

  onResize() {
    if (this.list.clientWidth === this.width) return;
    const first = this.firstVisible();
    this.layOut();
    if (first > 0) this.scrollTo(first, "start");
  }

  layOut() {
    const style = getComputedStyle(this.list);
    const gap = parseFloat(style.getPropertyValue("--gap"));
    const least = parseFloat(style.getPropertyValue("--least"));
    this.width = this.list.clientWidth;
    this.columns = Math.max(1, Math.floor((this.width + gap) / (least + gap)));
    this.cardWidth = (this.width - gap * (this.columns - 1)) / this.columns;
    this.step = this.cardWidth + gap;
    this.list.style.setProperty("--card", `${this.cardWidth}px`);
    if (this.items.length > 0) this.rowHeight = this.cardHeight() + gap;
    this.list.style.height = `${Math.ceil(this.shown / this.columns) * this.rowHeight}px`;
    this.render();
  }

  cardHeight() {
    const [item] = this.items;
    const known = this.cards.get(item);
    const card = known || this.list.appendChild(this.makeCard(item));
    const height = card.offsetHeight;
    if (!known) card.remove();
    return height;
  }

  firstVisible() {
    const above = -this.list.getBoundingClientRect().top;
    return above <= 0 ? 0 : Math.floor(above / this.rowHeight) * this.columns;
  }

  renderSoon() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.render();
    });
  }

  // Half a window above and below is there before it is seen.
  render() {
    const top = -this.list.getBoundingClientRect().top;
    const row = (y) => Math.floor(y / this.rowHeight) * this.columns;
    const first = Math.max(0, row(top - innerHeight / 2));
    const last = Math.min(this.shown, row(top + innerHeight * 1.5) + this.columns);
    const places = [];
    for (let place = first; place < last; ++place) places.push(place);
    const near = new Set(places.map((place) => this.items[place]));
    for (const [item, card] of this.cards) {
      if (near.has(item)) continue;
      // The card with the focus stays, or the next press of Tab would begin at the top.
      const place = card.contains(document.activeElement) ? this.items.indexOf(item) : -1;
      if (place < 0) {
        this.drop(item, card);
      } else if (place < first) {
        places.unshift(place);
      } else {
        places.push(place);
      }
    }
    this.place(places);
  }

  // In the document in the order of the list, which is that of Tab.
  place(places) {
    let before = null;
    for (const place of places) {
      const card = this.card(this.items[place]);
      const x = (place % this.columns) * this.step;
      const y = Math.floor(place / this.columns) * this.rowHeight;
      card.style.transform = `translate(${x}px, ${y}px)`;
      card.setAttribute("aria-posinset", place + 1);
      card.setAttribute("aria-setsize", this.items.length);
      const expected = before ? before.nextSibling : this.list.firstChild;
      if (card !== expected) this.list.insertBefore(card, expected);
      before = card;
    }
  }

  card(item) {
    let card = this.cards.get(item);
    if (!card) {
      card = this.makeCard(item);
      this.cards.set(item, card);
    }
    return card;
  }

  drop(item, card) {
    card.remove();
    this.cards.delete(item);
  }

  // `where`: "start", or "nearest" for as little as shows the card whole.
  scrollTo(place, where = "nearest") {
    const y = Math.floor(place / this.columns) * this.rowHeight;
    const top = this.list.getBoundingClientRect().top + scrollY + y;
    const room = parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0;
    if (where === "start" || top - room < scrollY) {
      scrollTo(scrollX, top - room);
    } else if (top + this.rowHeight > scrollY + innerHeight) {
      scrollTo(scrollX, top + this.rowHeight - innerHeight);
    }
    this.render();
  }

  // Shows an item's card and puts the focus on what `selector` finds in it.
  focus(item, selector) {
    const place = this.items.indexOf(item);
    if (place < 0 || place >= this.shown) return;
    this.scrollTo(place);
    const card = this.cards.get(item);
    const found = [selector, ".name"].map((wanted) => card.querySelector(wanted));
    found.find((control) => control && control.getClientRects().length > 0)?.focus({preventScroll: true});
  }

  // Up and down go to the same control of the card above or below.
  onKey(event) {
    const rows = {ArrowUp: -1, ArrowDown: 1}[event.key];
    if (!rows || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const card = event.target.closest(".card");
    const item = [...this.cards].find(([, element]) => element === card)?.[0];
    const place = this.items.indexOf(item) + rows * this.columns;
    event.preventDefault();
    if (place < 0 || place >= this.shown) return;
    const control = event.target.type === "range" ? "input" : `.${event.target.classList[0]}`;
    this.focus(this.items[place], control);
  }
}

// The page: its data, its filters, its list.

const gallery = JSON.parse(document.getElementById("data").textContent);

// Letters alone, so that a search finds what looks the same.
function folded(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

function prepare() {
  gallery.hasFolders = gallery.entries.some((entry) => entry.name.includes("/"));
  gallery.hasFaces = gallery.entries.some((entry) => entry.faces > 0);
  gallery.counts = Object.fromEntries(kStatuses.map((status) => [status, 0]));
  for (const entry of gallery.entries) {
    entry.name = readable(entry.name);
    entry.folded = folded(entry.name);
    ++gallery.counts[entry.status];
  }
}

// The shape of the frames: that of the pictures in the middle of the folder.
function commonRatio() {
  const ratios = gallery.entries.filter((entry) => entry.width)
                     .map((entry) => entry.width / entry.height).sort((left, right) => left - right);
  const middle = ratios.length ? ratios[ratios.length >> 1] : 1;
  return Math.min(1.5, Math.max(0.8, middle));
}

function showFacts() {
  document.title = gallery.title || document.title;
  document.getElementById("title").textContent = document.title;
  const parts = [counted(gallery.entries.length, "picture", "pictures")];
  if (gallery.style) parts.unshift(`style ${gallery.style}`);
  if (gallery.device) parts.push(gallery.device);
  if (gallery.seconds) parts.push(seconds(gallery.seconds));
  if (gallery.program) parts.push(gallery.program);
  const summary = document.getElementById("summary");
  for (const part of parts) summary.append(element("span", {className: "fact", textContent: part}));
  if (gallery.interrupted) {
    summary.append(element("strong", {className: "fact", textContent: "interrupted: not all of the folder"}));
  }
}

function addChip(group, name, value, label, number) {
  const input = element("input", {type: "radio", name, value, checked: value === "", disabled: number === 0});
  const content = element("span", {}, label);
  if (number !== undefined) content.append(" ", element("b", {textContent: kNumbers.format(number)}));
  group.append(element("label", {className: `chip ${value}`}, input, content));
}

function addChips() {
  const statuses = document.getElementById("statuses");
  addChip(statuses, "status", "", "All", gallery.entries.length);
  for (const status of kStatuses) addChip(statuses, "status", status, status, gallery.counts[status]);
  const faces = document.getElementById("faces");
  faces.hidden = !gallery.hasFaces;
  addChip(faces, "faces", "", "Any");
  addChip(faces, "faces", "with", "with faces");
  addChip(faces, "faces", "without", "without");
}

function start() {
  prepare();
  showFacts();
  addChips();
  const tools = document.getElementById("tools");
  const cards = document.getElementById("cards");
  cards.style.setProperty("--frame-ratio", commonRatio().toFixed(3));
  const list = new CardList(cards, (entry) => makeCard(entry, () => large.open(entry)));
  const large = new LargeView(list);

  const filter = () => {
    const wanted = folded(tools.search.value.trim());
    const {status, faces} = Object.fromEntries(new FormData(tools));
    const found = gallery.entries.filter(
        (entry) => (!status || entry.status === status) && (!faces || (faces === "with") === (entry.faces > 0)) &&
                   entry.folded.includes(wanted));
    list.show(found);
    const rest = found.length - list.shown;
    document.getElementById("count").textContent =
        `${kNumbers.format(found.length)} of ${kNumbers.format(gallery.entries.length)}`;
    document.getElementById("nothing").hidden = found.length > 0;
    const cutOff = document.getElementById("cut-off");
    cutOff.hidden = rest === 0;
    cutOff.textContent = `${counted(rest, "more picture is", "more pictures are")} not shown: search or filter.`;
  };
  const changed = () => {
    filter();
    if (list.firstVisible() > 0) list.scrollTo(0, "start");
  };
  // Where a browser restores a form on reload it does so after this script.
  addEventListener("pageshow", filter);
  tools.addEventListener("input", changed);
  tools.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("reset").addEventListener("click", () => {
    tools.reset();
    changed();
    tools.search.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !large.dialog.open && event.target !== tools.search) {
      event.preventDefault();
      tools.search.select();
      tools.search.focus();
    }
  });
  new ResizeObserver(() => {
    document.documentElement.style.scrollPaddingTop = `${tools.offsetHeight + 8}px`;
  }).observe(tools);
  filter();
}

start();

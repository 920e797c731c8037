// What is said and shown about one picture.

const kStatuses = ["done", "failed", "copied", "skipped"];
const kNumbers = new Intl.NumberFormat("en");

function seconds(value) {
  if (value < 99.95) return `${value.toFixed(value < 9.995 ? 2 : 1)} s`;
  const minutes = Math.round(value / 60);
  return minutes < 100 ? `${minutes} min` : `${(value / 3600).toFixed(1)} h`;
}

function counted(number, one, many) {
  return `${kNumbers.format(number)} ${number === 1 ? one : many}`;
}

// Names may hold anything: control characters become their symbols, and those that turn the text
// around are not obeyed.
function readable(name) {
  return name.replace(/[\u0000-\u001f]/g, (control) => String.fromCharCode(0x2400 + control.charCodeAt(0)))
      .replace(/[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}

function thumbnail(picture) {
  return picture && picture.thumbnail ? gallery.thumbnails + picture.thumbnail : "";
}

function pictureLink(picture, className, text, name) {
  const link = element("a", {className, textContent: text, target: "_blank", rel: "noopener noreferrer"});
  link.href = picture.link;
  link.setAttribute("aria-label", `Open the picture ${text}: ${name}`);
  return link;
}

// The line of facts under a picture.
function facts(entry) {
  const line = [element("span", {className: `badge ${entry.status}`, textContent: entry.status})];
  const add = (text) => line.push(element("span", {className: "fact", textContent: text}));
  if (entry.message && entry.status !== "failed") add(entry.message);
  if (entry.faces) add(counted(entry.faces, "face", "faces"));
  if (entry.width) add(`${entry.width} × ${entry.height}`);
  if (entry.seconds) add(seconds(entry.seconds));
  return line;
}

function links(entry) {
  const found = [];
  if (entry.before) found.push(pictureLink(entry.before, "open-before", "before", entry.name));
  if (entry.after) found.push(pictureLink(entry.after, "open-after", "after", entry.name));
  return found;
}

function comparison(entry, before, after) {
  return new Comparison(entry.name, before, after, entry.width ? entry.width / entry.height : 0);
}

// The picture itself, or why there is none.
function makeFrame(entry, open) {
  const frame = element("div", {className: "frame"});
  const before = thumbnail(entry.before);
  const after = thumbnail(entry.after);
  if (before || after) {
    const pair = comparison(entry, before, after);
    pair.element.addEventListener("dblclick", open);
    if (entry.cut !== undefined) pair.cut = entry.cut;
    pair.element.addEventListener("input", () => { entry.cut = pair.cut; });
    pair.element.addEventListener("pointerup", () => { entry.cut = pair.cut; });
    frame.append(pair.element);
  } else {
    frame.append(element("p", {className: "no-preview", textContent: "no preview"}));
  }
  if (entry.status === "failed" && entry.message) {
    frame.append(element("p", {className: "error", textContent: entry.message, title: entry.message}));
  }
  if (before || after) {  // the same as the name below does, where a mouse looks for it
    const button = element("button", {className: "enlarge", type: "button", tabIndex: -1, textContent: "⤢",
                                      title: "Large"});
    button.setAttribute("aria-label", `Show large: ${entry.name}`);
    button.addEventListener("click", open);
    frame.append(button);
  }
  return frame;
}

function makeCard(entry, open) {
  const slash = entry.name.lastIndexOf("/");
  const name = element("button", {className: "name", type: "button", title: entry.name},
                       element("bdi", {textContent: entry.name.slice(slash + 1)}));
  name.setAttribute("aria-label", `${entry.name}, ${entry.status}: show large`);
  name.addEventListener("click", open);
  const caption = element("div", {className: "caption"}, name);
  if (gallery.hasFolders) {
    caption.append(element("p", {className: "folder"},
                           element("bdi", {textContent: slash < 0 ? "./" : entry.name.slice(0, slash + 1)})));
  }
  caption.append(element("p", {className: "facts"}, ...facts(entry)),
                 element("p", {className: "links"}, ...links(entry)));
  const card = element("li", {className: `card ${entry.status}`}, makeFrame(entry, open), caption);
  return card;
}

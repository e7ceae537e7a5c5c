// Another picture in place: nothing reloads, so no visit is counted. Without this script the link loads the page anew.

import { unfold } from "./thumbhash.js";

const RANDOM = "/api/v1/images/random";
/** How long the picture that is shown stays for the sake of the next; after that the next one's placeholder comes. */
const PATIENCE_MS = 500;
const FADE_MS = 700;

const byId = (id) => document.getElementById(id);
const stage = byId("stage");
const another = byId("another");
const status = byId("status");
const calm = matchMedia("(prefers-reduced-motion: reduce)");

let shownId = stage.dataset.id;
/** Of a walk through the catalogue, so that no picture comes twice before all have come. */
let cursor = null;
/** A promise of the next picture, made when it seems wanted. */
let upcoming = null;
let turning = false;

class Refused extends Error {
  constructor(response) {
    super(`status ${response.status}`);
    this.status = response.status;
    this.retryAfter = response.headers.get("Retry-After");
  }
}

async function turn() {
  if (turning) return;
  turning = true;
  another.setAttribute("aria-busy", "true");
  try {
    const { image, plate } = await (upcoming ?? prepare());
    upcoming = null;
    await Promise.race([arrival(plate).catch(() => {}), pause(PATIENCE_MS)]);
    caption(image);
    replace(plate);
    shownId = image.id;
    say(`${image.title ?? "Untitled"}. ${image.alt ?? ""}`);
    mourn(plate);
    anticipate();
  } catch (error) {
    complain(reason(error));
  } finally {
    turning = false;
    another.removeAttribute("aria-busy");
  }
}

/** Fetches the next picture ahead, unless the visitor saves data. */
function anticipate() {
  if (upcoming || navigator.connection?.saveData) return;
  const promise = prepare();
  upcoming = promise;
  promise.catch(() => {
    if (upcoming === promise) upcoming = null;
  });
}

async function prepare() {
  const image = await choose();
  return { image, plate: lay(image) };
}

async function choose() {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const step = await walk();
    cursor = step.next_cursor;
    const [image] = step.items;
    if (image && image.id !== shownId) return image;
  }
  throw new Error("no other picture");
}

async function walk() {
  try {
    return await request(cursor ? `cursor=${encodeURIComponent(cursor)}` : "walk=true");
  } catch (error) {
    if (!cursor || error.status !== 400) throw error;
    return request("walk=true");
  }
}

async function request(query) {
  const response = await fetch(`${RANDOM}?${query}`, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Refused(response);
  return response.json();
}

/** Makes what holds a picture: its placeholder, which gives the size, and the picture, which begins to load. */
function lay(image) {
  const plate = element("div", "plate");
  const picture = new Image();
  if (image.width && image.height) {
    const ghost = element("img", "ghost");
    ghost.alt = "";
    ghost.src = `data:image/svg+xml,${encodeURIComponent(
      `<svg xmlns="http://www.w3.org/2000/svg" width="${image.width}" height="${image.height}">` +
        `<rect width="100%" height="100%" fill="${image.colour ?? "#808080"}" ` +
        `fill-opacity="${image.colour ? 1 : 0.2}"/></svg>`,
    )}`;
    plate.append(ghost);
    picture.width = image.width;
    picture.height = image.height;
  }
  picture.alt = image.alt ?? image.title ?? "A picture without a description";
  picture.referrerPolicy = "no-referrer";
  picture.src = image.content_url;
  plate.append(picture);
  if (image.thumbhash) plate.dataset.thumbhash = image.thumbhash;
  dress(plate);
  return plate;
}

/** Puts the blurred placeholder under the picture and its glow behind it. */
function dress(plate) {
  const picture = plate.lastElementChild;
  const colours = placeholder(plate.dataset.thumbhash);
  if (colours) {
    for (const name of ["glow", "blur"]) {
      const canvas = element("canvas", name);
      canvas.width = colours.width;
      canvas.height = colours.height;
      canvas.setAttribute("aria-hidden", "true");
      canvas.getContext("2d").putImageData(colours, 0, 0);
      picture.before(canvas);
    }
  }
  if (!picture.complete) plate.classList.add("awaited");
  const settle = (state) => {
    plate.classList.remove("awaited");
    plate.classList.add(state);
  };
  arrival(plate).then(() => settle("here"), () => settle("lost"));
}

function placeholder(thumbhash) {
  try {
    return thumbhash ? unfold(thumbhash) : null;
  } catch {
    return null;
  }
}

function arrival(plate) {
  return plate.lastElementChild.decode();
}

/** Says so when a picture that is shown does not arrive, as linked ones may. */
function mourn(plate) {
  const { hostname } = new URL(plate.lastElementChild.src);
  const from = hostname === location.hostname ? "" : ` from ${hostname}`;
  arrival(plate).catch(() => plate.isConnected && complain(`The picture did not arrive${from}.`));
}

/** Fades from the picture that is shown to the next; one that is still leaving goes at once. */
function replace(plate) {
  const old = stage.lastElementChild;
  stage.replaceChildren(old);
  old.lastElementChild.removeAttribute("id");
  plate.lastElementChild.id = "picture";
  stage.append(plate);
  if (calm.matches) {
    old.remove();
    return;
  }
  const timing = { duration: FADE_MS, easing: "ease-in-out", fill: "both" };
  plate.animate([{ opacity: 0 }, { opacity: 1 }], timing);
  old.animate([{ opacity: 1 }, { opacity: 0 }], timing).finished.then(() => old.remove());
}

function caption(image) {
  const { author, licence, source_url: source } = image.attribution;
  const title = image.title ?? "Untitled";
  document.title = `${title} · Sirius`;
  byId("title").textContent = title;
  fill("author", author && `by ${author}`);
  fill("licence", licence);
  const address = webAddress(source);
  fill("source", address?.hostname.replace(/^www\./, ""));
  if (address) byId("source").href = address.href;
  else byId("source").removeAttribute("href");
  const tags = byId("tags");
  tags.replaceChildren(...image.tags.map((tag) => element("li", "", tag)));
  tags.hidden = image.tags.length === 0;
}

function fill(id, text) {
  byId(id).textContent = text ?? "";
  byId(id).hidden = !text;
}

/** Only http and https: anything else, such as `javascript:`, is no source. */
function webAddress(text) {
  const address = text && URL.canParse(text) ? new URL(text) : null;
  return address && /^https?:$/.test(address.protocol) ? address : null;
}

function reason(error) {
  if (error.status === 429) return `One moment: too many at once. Try again in ${error.retryAfter ?? "a few"} seconds.`;
  if (error.status === 404) return "There are no pictures any more.";
  if (error.message === "no other picture") return "This is the only picture.";
  return "No picture came. Please try again.";
}

function say(text) {
  status.classList.remove("problem");
  status.textContent = text;
}

function complain(text) {
  status.classList.add("problem");
  status.textContent = text;
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

another.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  turn();
});
another.addEventListener("pointerenter", anticipate);

// No letter keys: they would get in the way of those who speak to their computer (WCAG 2.1.4).
document.addEventListener("keydown", (event) => {
  const modified = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  if (event.key !== "ArrowRight" || modified || event.repeat) return;
  event.preventDefault();
  turn();
});

dress(stage.lastElementChild);
mourn(stage.lastElementChild);
byId("hint").hidden = false;

// Another picture in place: nothing reloads, so no visit is counted. Without this script the link loads the page anew.

import { dress } from "./plate.js";
import { steer } from "./steer.js";

const RANDOM = "/api/v1/images/random";
/** How long the picture that is shown stays for the sake of the next; after that the next one's placeholder comes. */
const PATIENCE_MS = 500;
const FADE_MS = 700;
/** How many pictures can be gone back to. */
const TRAIL = 50;

const byId = (id) => document.getElementById(id);
const stage = byId("stage");
const another = byId("another");
const status = byId("status");
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** What has been shown, and which of it is. */
const trail = [view(document, stage.dataset.id)];
let place = 0;
/** The picture that the page came with, until the walk has passed over it: the walk does not know that it was shown. */
let first = trail[0].id;
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

async function next() {
  if (turning) return;
  turning = true;
  another.setAttribute("aria-busy", "true");
  try {
    if (place === trail.length - 1) {
      trail.push(await (upcoming ?? prepare()));
      upcoming = null;
      if (trail.length > TRAIL) trail.shift();
      else place += 1;
    } else {
      place += 1;
    }
    await Promise.race([arrival(trail[place]).catch(() => {}), pause(PATIENCE_MS)]);
    show(trail[place]);
    anticipate();
  } catch (error) {
    complain(reason(error));
  } finally {
    turning = false;
    another.removeAttribute("aria-busy");
  }
}

function previous() {
  if (turning || place === 0) return;
  place -= 1;
  show(trail[place]);
}

/** Fetches the next picture ahead, unless the visitor saves data. */
function anticipate() {
  if (upcoming || place < trail.length - 1 || navigator.connection?.saveData) return;
  const promise = prepare();
  upcoming = promise;
  promise.catch(() => {
    if (upcoming === promise) upcoming = null;
  });
}

/** The next picture of the walk, as its own page shows it. */
async function prepare() {
  const id = await choose();
  const page = await request(`/images/${id}`, "text/html");
  const made = view(new DOMParser().parseFromString(await page.text(), "text/html"), id);
  document.adoptNode(made.plate);
  document.adoptNode(made.facts);
  dress(made.plate);
  return made;
}

function view(page, id) {
  return { id, title: page.title, plate: page.querySelector(".plate"), facts: page.querySelector(".facts") };
}

async function choose() {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const step = await (await walk()).json();
    cursor = step.next_cursor;
    const [image] = step.items;
    const again = image?.id === first;
    if (again) first = null;
    if (image && !again && image.id !== trail[place].id) return image.id;
  }
  throw new Error("no other picture");
}

async function walk() {
  try {
    return await request(cursor ? `${RANDOM}?cursor=${encodeURIComponent(cursor)}` : `${RANDOM}?walk=true`);
  } catch (error) {
    if (!cursor || error.status !== 400) throw error;
    return request(`${RANDOM}?walk=true`);
  }
}

async function request(address, type = "application/json") {
  const response = await fetch(address, { headers: { Accept: type } });
  if (!response.ok) throw new Refused(response);
  return response;
}

/** Fades from the picture that is shown to another; one that is still leaving goes at once. */
function show({ title, plate, facts }) {
  const old = stage.lastElementChild;
  stage.replaceChildren(old);
  old.querySelector(".picture").removeAttribute("id");
  plate.querySelector(".picture").id = "picture";
  stage.append(plate);
  if (calm.matches) {
    old.remove();
  } else {
    const timing = { duration: FADE_MS, easing: "ease-in-out" };
    plate.animate([{ opacity: 0 }, { opacity: 1 }], timing);
    old.animate([{ opacity: 1 }, { opacity: 0 }], { ...timing, fill: "both" }).finished.then((leaving) => {
      if (old !== stage.lastElementChild) old.remove();
      leaving.cancel();
    }, () => {});
  }
  document.title = title;
  document.querySelector(".facts").replaceWith(facts);
  say(`${facts.querySelector("h1").textContent}. ${plate.querySelector(".picture").alt}`);
  mourn({ plate });
}

function arrival({ plate }) {
  return plate.querySelector(".picture").decode();
}

/** Says so when a picture that is shown does not arrive, as linked ones may. */
function mourn({ plate }) {
  const { hostname } = new URL(plate.querySelector(".picture").src);
  const from = hostname === location.hostname ? "" : ` from ${hostname}`;
  arrival({ plate }).catch(() => plate.isConnected && complain(`The picture did not arrive${from}.`));
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

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

another.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  next();
});
another.addEventListener("pointerenter", anticipate);
stage.addEventListener("touchstart", anticipate, { passive: true });
steer(stage, { next, previous });
dress(trail[0].plate);
mourn(trail[0]);
byId("hint").hidden = false;

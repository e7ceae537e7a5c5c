// The gallery goes on by itself where its end comes into view. Without this script, its link leads to a next page.

import { fade, freeze } from "./plate.js";

/** How many pages come by themselves; then the visitor asks, so that the end of the page can be reached. */
const BY_ITSELF = 8;
const AHEAD = "600px";

const tiles = document.getElementById("tiles");
const status = document.getElementById("status");
const more = document.getElementById("more");
let loading = false;
let left = BY_ITSELF;

const watch = new IntersectionObserver((entries) => {
  // Only the last tells how it is now. While a page is on its way nothing more is asked for.
  if (loading || left === 0 || !entries.at(-1).isIntersecting) return;
  left -= 1;
  load();
}, { rootMargin: AHEAD });

async function load() {
  if (loading || !more.isConnected) return;
  loading = true;
  more.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(more.href, { headers: { Accept: "text/html" } });
    if (!response.ok) throw new Error(`status ${response.status}`);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    add([...page.querySelectorAll("#tiles > li")], page.getElementById("more")?.getAttribute("href"));
  } catch {
    // The link still works, and says what is wrong.
    left = 0;
    status.textContent = "More pictures did not come.";
  } finally {
    loading = false;
    more.removeAttribute("aria-busy");
    // Asked again after each page: what was in view may be so still.
    watch.unobserve(more);
    if (more.isConnected) watch.observe(more);
  }
}

function add(items, following) {
  tiles.append(...items);
  items.forEach(dress);
  status.textContent = `${items.length} more pictures.`;
  if (following) {
    more.setAttribute("href", following);
    return;
  }
  // Whoever used the link goes on with what it brought.
  if (document.activeElement === more) items[0]?.querySelector("a").focus();
  more.parentElement.textContent = "That is all of them.";
}

function dress(item) {
  const tile = item.querySelector(".tile");
  const picture = tile.querySelector(".picture");
  if (!picture.complete) tile.classList.add("awaited");
  const arrived = () => {
    fade(tile, picture);
    // It moves for those who point at it, see the style.
    if ("moves" in tile.dataset && !tile.querySelector(".still")) freeze(picture).catch(() => {});
  };
  if (picture.complete) arrived();
  else for (const event of ["load", "error"]) picture.addEventListener(event, arrived, { once: true });
}

[...tiles.children].forEach(dress);
if (more) {
  more.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    left = BY_ITSELF;
    load();
  });
  watch.observe(more);
}

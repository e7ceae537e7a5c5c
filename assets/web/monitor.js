// Looks again every few seconds, while somebody looks at the page. A plain script: a module is fetched with an `Origin`,
// and whoever has one is not let in to this port.
"use strict";

const INTERVAL_MS = 5000;
const main = document.getElementById("monitor");
const fresh = document.getElementById("fresh");

async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch("/monitor", { signal: AbortSignal.timeout(INTERVAL_MS) });
    if (!answer.ok) throw new Error(`Sirius answers ${answer.status}`);
    const text = await answer.text();
    // Whoever selects a trace id, or reads a table with the keyboard, is not disturbed.
    const reading = !getSelection().isCollapsed || (main.contains(document.activeElement) && document.activeElement !== main);
    if (!reading) main.innerHTML = text;
    document.title = `${main.querySelector("h1")?.textContent.split(" is ").pop().trim()} · Sirius monitor`;
    say(reading ? "Held while you read" : "Live", !reading);
  } catch (error) {
    say(`Not live: ${error.name === "Error" ? error.message : "Sirius does not answer"}`, false);
  }
}

function say(text, live) {
  // A status that did not change is not read out again.
  if (fresh.textContent !== text) fresh.textContent = text;
  fresh.classList.toggle("live", live);
  document.body.classList.toggle("stale", text.startsWith("Not live"));
}

say("Live", true);
setInterval(look, INTERVAL_MS);
document.addEventListener("visibilitychange", look);

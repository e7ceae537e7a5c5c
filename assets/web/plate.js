// A picture on its plate: it fades in over its placeholder, which glows behind it, and one that moves can be stopped.

const calm = matchMedia("(prefers-reduced-motion: reduce)");

export function dress(plate) {
  const picture = plate.querySelector(".picture");
  const ghost = plate.querySelector(".ghost");
  if (ghost) {
    const glow = ghost.cloneNode();
    glow.className = "glow";
    plate.prepend(glow);
  }
  fade(plate, picture);
  if ("moves" in plate.dataset) rein(plate, picture);
}

/** Shows a picture when it has arrived whole. */
export function fade(plate, picture) {
  if (!picture.complete) plate.classList.add("awaited");
  const settle = (state) => () => {
    plate.classList.remove("awaited");
    plate.classList.add(state);
  };
  picture.decode().then(settle("here"), settle("lost"));
}

/** Puts the first frame of a moving picture over it. */
export async function freeze(picture) {
  const frame = new Image();
  frame.src = picture.src;
  await frame.decode();
  const canvas = document.createElement("canvas");
  canvas.className = "still";
  canvas.width = frame.naturalWidth;
  canvas.height = frame.naturalHeight;
  canvas.getContext("2d").drawImage(frame, 0, 0);
  picture.after(canvas);
}

/** Lets the visitor stop a moving picture; one who asks for less motion starts it first. */
function rein(plate, picture) {
  const button = document.createElement("button");
  button.className = "motion";
  const move = (moving) => {
    button.textContent = moving ? "Pause" : "Play";
    plate.querySelector(".still")?.remove();
    if (moving) plate.querySelector("source")?.remove();
    else freeze(picture).catch(() => {});
  };
  button.addEventListener("click", () => move(button.textContent === "Play"));
  // In place of the link that leads to the picture alone.
  plate.querySelector(".motion").replaceWith(button);
  move(!calm.matches);
}

// The ways to the next picture and back: arrow keys, and a finger that sweeps.

const SWEEP_PX = 56;

export function steer(stage, { next, previous }) {
  // No letter keys: they would get in the way of those who speak to their computer (WCAG 2.1.4).
  document.addEventListener("keydown", (event) => {
    const turn = { ArrowRight: next, ArrowLeft: previous }[event.key];
    if (!turn || event.repeat || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    turn();
  });

  let start = null;
  const drag = (x) => {
    const plate = stage.lastElementChild;
    plate.style.translate = x ? `${x}px` : "";
    plate.classList.toggle("dragged", x !== 0);
  };
  stage.addEventListener("touchstart", ({ touches: [finger, ...more] }) => {
    const zoomed = visualViewport.scale > 1.05;
    start = more.length || zoomed ? null : { x: finger.clientX, y: finger.clientY };
    if (!start) drag(0);
  }, { passive: true });
  stage.addEventListener("touchmove", ({ touches: [finger] }) => {
    if (!start) return;
    const [x, y] = [finger.clientX - start.x, finger.clientY - start.y];
    drag(Math.abs(x) > Math.abs(y) ? x : 0);
  }, { passive: true });
  stage.addEventListener("touchend", ({ changedTouches: [finger] }) => {
    if (!start) return;
    const [x, y] = [finger.clientX - start.x, finger.clientY - start.y];
    start = null;
    drag(0);
    if (Math.abs(x) < SWEEP_PX || Math.abs(x) < 2 * Math.abs(y)) return;
    if (x < 0) next();
    else previous();
  });
  stage.addEventListener("touchcancel", () => {
    start = null;
    drag(0);
  });
}

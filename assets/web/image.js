// A picture's own page: its neighbours are a key or a sweep away, as their links say.

import { dress } from "./plate.js";
import { steer } from "./steer.js";

const stage = document.getElementById("stage");
const follow = (rel) => () => document.querySelector(`a[rel=${rel}]`)?.click();

dress(stage.lastElementChild);
steer(stage, { next: follow("next"), previous: follow("prev") });

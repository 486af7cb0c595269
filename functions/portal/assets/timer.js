// The live timer of a user's page: counts down to the next session and asks how it stands when one is due.
// Without it the page says the same as of the moment it was loaded.
"use strict";

(() => {
  const timer = document.querySelector("[data-timer]");
  if (!timer) return;
  const clock = timer.querySelector("[data-clock]");
  const label = timer.querySelector("[data-label]");
  const ring = timer.querySelector("[data-ring]");
  const spoken = timer.querySelector("[data-spoken]");
  const TICK = 15 * 60;
  let next = Date.parse(timer.dataset.next) || 0;
  let working = timer.dataset.working === "true";
  let last = timer.dataset.last || "";
  // The server's clock counts, not this machine's.
  const ahead = Date.parse(timer.dataset.now) - Date.now();

  const two = (number) => String(number).padStart(2, "0");

  function show() {
    const left = Math.max(0, Math.round((next - Date.now() - ahead) / 1000));
    if (working || !next) {
      clock.textContent = working ? "…" : "–";
      label.textContent = working ? "A session is at work" : "No session is planned";
    } else {
      clock.textContent = Math.floor(left / 60) + ":" + two(left % 60);
      label.textContent = "until the next session";
    }
    ring.style.strokeDashoffset = working ? 0 : next ? Math.min(1, left / TICK) : 1;
    timer.classList.toggle("is-working", working);
    if (!working && next && left === 0) ask();
  }

  let asking = false;
  async function ask() {
    if (asking) return;
    asking = true;
    try {
      const answer = await fetch(timer.dataset.ask, { headers: { accept: "application/json" } });
      if (answer.status === 401) return location.reload();
      if (!answer.ok) return;
      const state = (await answer.json()).session;
      const was = working;
      next = Date.parse(state.next_session) || 0;
      working = state.working;
      if (was && !working) spoken.textContent = "The session has ended.";
      // New results stand on the page only after it is loaded again.
      if ((state.last_session || "") !== last && !working) location.replace(location.pathname);
    } finally {
      setTimeout(() => { asking = false; }, 3000);
    }
  }

  show();
  setInterval(show, 1000);
  setInterval(() => { if (working && !document.hidden) ask(); }, 4000);
})();

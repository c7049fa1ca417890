// The one script of the app. Everything works without it.

const WARN_AT_SECONDS = 5 * 60;

// Counts down how long the EHR still lets the app read, and says once that the end is near.
function countDown(line) {
  const end = Date.now() + Number(line.dataset.secondsLeft) * 1000;
  const warning = line.parentElement.querySelector("[data-warning]");

  function tick() {
    const seconds = Math.max(0, Math.round((end - Date.now()) / 1000));
    if (seconds === 0) {
      line.textContent = "access to the chart has ended";
      warning.textContent = "Open the app again from the chart. Drafts are kept.";
      clearInterval(timer);
      return;
    }
    line.querySelector("[data-minutes]").textContent = Math.ceil(seconds / 60);
    if (seconds <= WARN_AT_SECONDS && !warning.textContent.trim()) warning.textContent = warning.dataset.warning;
  }

  const timer = setInterval(tick, 10_000);
  tick();
}

for (const line of document.querySelectorAll("[data-seconds-left]")) {
  if (line.querySelector("[data-minutes]")) countDown(line);
}

// Keeps a draft also where a page ends before its next save is due; says so, and tries again, where
// the app cannot be reached.
for (const line of document.querySelectorAll("[data-keep]")) {
  const form = document.querySelector(line.dataset.keep);
  const address = line.getAttribute("hx-post");
  let typed = false;

  form.addEventListener("input", () => { typed = true; });
  form.addEventListener("submit", () => { typed = false; });
  // The first comes before the next page is asked for, the second where there is no first.
  for (const end of ["beforeunload", "pagehide"]) {
    addEventListener(end, () => {
      if (typed) typed = !navigator.sendBeacon(address, new FormData(form));
    });
  }
  line.addEventListener("htmx:error", () => {
    line.textContent = line.dataset.unreachable;
    setTimeout(() => line.dispatchEvent(new Event("again")), 5_000);
  });
}

// Browsers do not heed autofocus inside a frame of another origin; the errors need the focus there too.
document.querySelector(".error-summary")?.focus();

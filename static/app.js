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

// Says so where a request of htmx gets no answer at all, as when the network is gone.
document.addEventListener("htmx:error", (event) => {
  const line = event.target.closest?.("[data-unreachable]");
  if (line) line.textContent = line.dataset.unreachable;
});

// Browsers do not heed autofocus inside a frame of another origin; the errors need the focus there too.
document.querySelector(".error-summary")?.focus();

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

// A found answer that is chosen joins the chosen ones, so that the next search does not take it away.
function takeHit(input) {
  const field = input.closest("fieldset");
  const find = field.querySelector("[data-hits]");
  field.querySelector("[data-chosen]").append(input.closest("label"));
  document.getElementById(find.dataset.hits).replaceChildren();
  find.value = "";
  input.focus();
}

for (const find of document.querySelectorAll("[data-hits]")) {
  const hits = document.getElementById(find.dataset.hits);
  hits.addEventListener("change", (event) => takeHit(event.target));
  find.addEventListener("keydown", (event) => {
    const first = hits.querySelector("input");
    if (event.key !== "Enter" || !first) return;
    event.preventDefault();
    first.checked = true;
    takeHit(first);
    first.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

// Shows, of the answers that depend on another field, those that go with its answer, and a field only
// where there are some. What is chosen stays in sight: nothing is sent that cannot be seen.
function showFitting(field, answer) {
  for (const part of field.querySelectorAll("[data-for]")) {
    const chosen = part.selected || part.querySelector("input")?.checked;
    part.hidden = !chosen && !part.dataset.for.split(" ").includes(answer);
  }
  for (const group of field.querySelectorAll("details, optgroup")) {
    group.hidden = !group.querySelector("[data-for]:not([hidden])");
  }
  const waits = field.querySelector(".waits");
  if (waits) waits.hidden = answer !== "";
  const inSight = field.querySelector(".box:not([hidden]), option:not([hidden], [value=''])");
  field.hidden = !inSight && !(waits && !answer) && !field.matches(".field-error");
}

for (const field of document.querySelectorAll("[data-depends]")) {
  const form = field.closest("form");
  const update = () => showFitting(field, form.elements.namedItem(field.dataset.depends).value);
  form.addEventListener("change", update);
  // A browser may fill in answers again after it has come back to the page.
  addEventListener("pageshow", update);
  update();
}

// Today is the day where the clinician sits; the server may be a day ahead or behind.
for (const button of document.querySelectorAll("[data-today]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const now = new Date();
    const month = now.toLocaleString("en", { month: "short" });
    for (const [box, value] of [["day", now.getDate()], ["month", month], ["year", now.getFullYear()]]) {
      document.querySelector(`[name="${button.dataset.today}-${box}"]`).value = value;
    }
    button.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

// Browsers do not heed autofocus inside a frame of another origin; the errors need the focus there too.
document.querySelector(".error-summary")?.focus();

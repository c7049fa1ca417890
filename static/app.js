// The one script of the app. Everything works without it.

const WARN_AT_SECONDS = 5 * 60;
const COUNT_DOWN_AT_SECONDS = 2 * 60;
// What no person asked for keeps no launch from ending.
const AUTOMATIC = "X-Oncoform-Automatic";
// What the app answers for a part of a page has it; what a proxy or a sign-in page answers has it not.
const PART = "X-Oncoform-Part";
const SILENCE = 5_000;

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

// A part of a page that the app has answered with, and its words.
const partOf = (text) => new DOMParser().parseFromString(text, "text/html").body;
const wordsOf = (text) => partOf(text).textContent.trim();

// Asks the app by itself: its answer and the text, or null where nothing came, too late, or something else.
async function ask(address, method, body) {
  const headers = { "HX-Request": "true" };
  const signal = AbortSignal.timeout(SILENCE);
  try {
    const answer = await fetch(address, { method, body, headers, signal });
    const text = await answer.text();
    return answer.headers.has(PART) ? { answer, text } : null;
  } catch {
    return null;
  }
}

// Another page than the app's is put nowhere: to the page it is the same as no answer.
document.addEventListener("htmx:before:response", (event) => {
  const { ctx } = event.detail;
  if (ctx.response.headers.has(PART)) return;
  event.preventDefault();
  ctx.sourceElement.dispatchEvent(new CustomEvent("htmx:error", { bubbles: true, detail: { foreign: ctx.response.status } }));
});

// Stops a page whose launch is over: says why, and takes nothing more that would not be kept.
function stop(why) {
  const over = document.getElementById("over");
  if (!over?.hidden) return;
  over.querySelector("[data-why]").textContent = why;
  for (const part of document.querySelectorAll("#idle, .banner-user")) part.hidden = true;
  for (const part of document.querySelectorAll("#entry, .actions")) part.inert = true;
  over.dispatchEvent(new Event("stopped"));
  over.hidden = false;
  over.focus();
}

// Counts down the last minutes before inactivity ends the launch. The app itself counts the time: it
// is asked, since another tab may go on with the launch, or end it.
function watchInactivity(bar) {
  const said = document.querySelector("[data-idle-said]");
  const steps = [[120, "2 minutes"], [60, "1 minute"], [20, "20 seconds"]];
  let end;
  let asked = 0;

  function letRun(seconds) {
    end = Date.now() + seconds * 1000;
    tick();
  }

  async function askTime(method) {
    asked = Date.now();
    const told = await ask(bar.dataset.idle, method);
    if (told?.answer.headers.has("X-Oncoform-Over")) stop(wordsOf(told.text));
    else if (told?.answer.ok) letRun(Number(told.text));
  }

  function tick() {
    const seconds = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    const ending = seconds <= COUNT_DOWN_AT_SECONDS;
    if (ending && bar.hidden) document.dispatchEvent(new Event("ending"));
    bar.hidden = !ending || !document.getElementById("over").hidden;
    bar.querySelector("[data-left]").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    // Said aloud a few times only.
    const left = steps.findLast(([from]) => seconds <= from)?.[1];
    const words = left ? `This page closes in ${left}, because nobody uses it. Press Go on to stay.` : "";
    if (said.textContent !== words) said.textContent = words;
    if (ending && Date.now() - asked > (seconds ? 15_000 : 2_000)) askTime("GET");
  }

  bar.querySelector("button").addEventListener("click", () => {
    document.getElementById("main").focus({ preventScroll: true });
    askTime("POST");
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) askTime("GET"); });
  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
    if (ctx.response.headers.has("X-Oncoform-Over")) stop(wordsOf(ctx.text));
    else if (ctx.response.status < 500 && !(AUTOMATIC in ctx.request.headers)) letRun(Number(bar.dataset.seconds));
  });
  letRun(Number(bar.dataset.seconds));
  setInterval(tick, 1_000);
}

for (const bar of document.querySelectorAll("[data-idle]")) watchInactivity(bar);

// A page that only leads on to the EHR sends its form itself.
document.querySelector("form[data-send]")?.submit();

// What a form would send, by name.
function answersOf(form) {
  const answers = new Map();
  for (const [name, value] of new FormData(form)) answers.set(name, [...(answers.get(name) ?? []), value].join(", "));
  return answers;
}

// The answer of a field as the page shows it: its label, and the words of what is chosen.
function shownAnswer(form, name) {
  const control = form.elements.namedItem(name);
  const inputs = control instanceof RadioNodeList ? [...control] : [control];
  const words = (element) => element?.textContent.trim().replace(/\s+/g, " ").replace(/ \(optional\)$/, "") ?? "";
  const own = words(inputs[0].labels?.[0]);
  const chosen = inputs.filter((input) => input.checked).map((input) => words(input.labels?.[0]));
  const isChoice = ["radio", "checkbox"].includes(inputs[0].type);
  const asked = words(inputs[0].closest("fieldset.field")?.querySelector("legend"));
  const label = isChoice ? asked || own : [asked, own].filter(Boolean).join(", ");
  const option = inputs[0].selectedOptions && [...inputs[0].selectedOptions].map(words).join(", ");
  return `${label || name}: ${(isChoice ? chosen.join(", ") : option ?? inputs[0].value) || "no answer"}`;
}

// Keeps a draft also where a page ends before its next save is due. Says that it is not saved, and tries
// again, where anything but the app's own word for it comes. Where the launch is over it says what was
// kept, offers what was typed since for copying, and hands it to the launch that follows.
for (const line of document.querySelectorAll("[data-keep]")) {
  const form = document.querySelector(line.dataset.keep);
  const address = line.getAttribute("hx-post");
  const over = document.getElementById("over");
  const since = over.querySelector("textarea");
  const { page, draft } = form.elements;
  const [key] = page.value.split(".");
  let number = 0;
  let typed = false;
  let refused = false;
  let again;
  let kept = answersOf(form);
  let keptAt = line.querySelector("time")?.textContent;

  // What is sent is numbered: the app may get it in another order.
  function numbered(body) {
    page.value = `${key}.${++number}`;
    body.set("page", page.value);
    return body;
  }

  function tryAgain() {
    clearTimeout(again);
    again = setTimeout(() => line.dispatchEvent(new Event("again")), SILENCE);
  }

  form.addEventListener("input", () => { typed = true; });
  form.addEventListener("submit", () => {
    typed = false;
    page.value = `${key}.${++number}`;
  });
  // The first comes before the next page is asked for, the second where there is no first. What was not
  // taken is not left without a question.
  function keepAtTheEnd() {
    if (typed) typed = !navigator.sendBeacon(address, numbered(new FormData(form)));
  }
  addEventListener("beforeunload", (event) => {
    if (typed && refused) event.preventDefault();
    else keepAtTheEnd();
  });
  addEventListener("pagehide", keepAtTheEnd);
  line.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    ctx.answers = answersOf(form);
    numbered(ctx.request.body);
    if (ctx.sourceEvent?.type === "again") ctx.request.headers[AUTOMATIC] = "yes";
  });
  line.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
    const moment = partOf(ctx.text).querySelector("time[data-stamp]");
    clearTimeout(again);
    refused = !moment;
    if (ctx.response.status >= 500) tryAgain();
    if (!moment) return;
    draft.value = moment.dataset.stamp;
    [kept, keptAt] = [ctx.answers, moment.textContent];
    typed = unkept().length > 0;
  });
  line.addEventListener("htmx:error", ({ detail: { foreign } }) => {
    refused = true;
    line.textContent = foreign ? line.dataset.foreign.replace("{status}", foreign) : line.dataset.unreachable;
    tryAgain();
  });
  // Before inactivity ends the launch, what could not be kept is tried once more.
  document.addEventListener("ending", () => { if (typed) line.dispatchEvent(new Event("again")); });

  function unkept() {
    const now = answersOf(form);
    const names = new Set([...kept.keys(), ...now.keys()]);
    const own = ["page", "draft"];
    return [...names].filter(
      (name) => !own.includes(name) && kept.get(name) !== now.get(name) && form.elements.namedItem(name),
    );
  }

  over.addEventListener("stopped", () => {
    const names = unkept();
    over.querySelector("[data-kept]").textContent = keptAt
      ? `Kept as a draft ${keptAt}, and not changed since.`
      : "Nothing of this page is kept as a draft.";
    if (!names.length) return;
    if (keptAt) over.querySelector("[data-kept]").textContent = `Kept as a draft ${keptAt}. Not kept is what you typed since:`;
    else over.querySelector("[data-kept]").textContent += " Not kept is what you typed:";
    since.value = names.map((name) => shownAnswer(form, name)).join("\n");
    over.querySelector("[data-since]").hidden = false;
    line.textContent = "The draft is not saved any more: see the top of the page.";
  });
  over.querySelector("[data-copy]").addEventListener("click", () => {
    since.select();
    // A frame may not be allowed the newer way.
    navigator.clipboard?.writeText(since.value).catch(() => document.execCommand("copy"));
  });
  over.querySelector("[data-take-up]").addEventListener("click", async () => {
    const note = over.querySelector("[role=status]");
    const told = await ask(address, "POST", numbered(new URLSearchParams(new FormData(form))));
    if (told?.answer.ok) {
      typed = false;
      const home = new URL(told.answer.url).pathname.match(/^\/l\/[^/]+/)[0];
      location.assign(location.pathname.replace(/^\/l\/[^/]+/, home) + location.search);
    } else note.textContent = `Not taken up. ${told ? wordsOf(told.text) : line.dataset.unreachable}`;
  });
}

// Puts into the units of other fields what goes with a chosen answer, such as a test's usual unit. What
// a person has typed stays, and so does the unit of a number that stands there already.
function setUnits(input, given) {
  const wanted = JSON.parse(input.dataset.sets ?? "{}");
  for (const name of new Set([...given.keys(), ...Object.keys(wanted)])) {
    const unit = input.form.elements.namedItem(name);
    const number = input.form.elements.namedItem(name.replace(/-unit$/, ""));
    if (number.value || (unit.value && unit.value !== given.get(name))) continue;
    unit.value = wanted[name] ?? "";
    given.set(name, unit.value);
  }
}

// A field whose answers are found by typing: the arrow keys lead from the box to what is found and
// back, Enter and Space choose, Escape goes back to the box. What is chosen joins the chosen answers,
// so that the next search does not take it away.
function searchedField(field) {
  const find = field.querySelector(".find");
  const hits = field.querySelector(".hits");
  const chosen = field.querySelector("[data-chosen]");
  const status = field.querySelector("[role=status]");
  const given = new Map();
  let waiting = false;

  const found = () => [...hits.querySelectorAll("input:not([type=hidden])")];
  const areOfTheseWords = () => hits.querySelector("[type=hidden]")?.value === find.value.trim();

  function take(hit) {
    const same = [...chosen.querySelectorAll("input")].find((one) => one.value === hit.value);
    const input = same ?? hit;
    if (!same) {
      if (hit.type === "radio") chosen.querySelector("[data-taken]:not(:checked)")?.closest("label").remove();
      hit.dataset.taken = "";
      chosen.prepend(hit.closest("label"));
    }
    input.checked = true;
    hits.replaceChildren();
    find.value = "";
    (input.type === "radio" ? input : find).focus();
    status.textContent = `${input.closest("label").querySelector("span").firstChild.textContent.trim()} is chosen.`;
    for (const type of ["input", "change"]) input.dispatchEvent(new Event(type, { bubbles: true }));
  }

  // Enter takes a hit whose very words or code were typed, and leads to the first of others: the only
  // hit may still be another thing, such as the kidney's pelvis for "pelvis".
  function enter() {
    const all = found();
    const meant = all.find((hit) => "exact" in hit.dataset);
    if (meant) take(meant);
    else all[0]?.focus();
  }

  find.addEventListener("keydown", (event) => {
    const all = found();
    if (event.key === "Enter" && find.value.trim()) {
      event.preventDefault();
      waiting = !areOfTheseWords();
      if (waiting) find.dispatchEvent(new Event("look"));
      else enter();
    } else if (all.length && (event.key === "ArrowDown" || (event.key === "Tab" && !event.shiftKey))) {
      event.preventDefault();
      all[0].focus();
    } else if (event.key === "Escape" && find.value) {
      event.preventDefault();
      find.value = "";
      hits.replaceChildren();
    }
  });

  hits.addEventListener("keydown", (event) => {
    const all = found();
    const place = all.indexOf(event.target);
    if (place < 0) return;
    const next = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: all.length - 1, Escape: -1 }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      (next < 0 ? find : all[Math.min(next, all.length - 1)]).focus();
    } else if (event.key === "Enter") {
      event.preventDefault();
      take(event.target);
    }
  });
  hits.addEventListener("change", (event) => take(event.target));
  chosen.addEventListener("change", (event) => setUnits(event.target, given));

  // Said aloud in few words; the hits themselves are read when one goes through them.
  new MutationObserver(() => {
    const count = found().length;
    const hint = hits.querySelector(".hint, .error")?.textContent.trim() ?? "";
    if (count) status.textContent = `${count} found. Press the down arrow to go to them. ${hint}`;
    else if (hint) status.textContent = hint;
    if (waiting && areOfTheseWords()) {
      waiting = false;
      if (document.activeElement === find) enter();
    }
  }).observe(hits, { childList: true });
  // A server that does not answer leaves what the app itself has found.
  field.addEventListener("htmx:error", ({ target }) => {
    const said = "The search was not answered. Type on to try it again.";
    if (target !== find && found().length) target.remove();
    else hits.replaceChildren(Object.assign(document.createElement("p"), { className: "hint", textContent: said }));
  });
}

for (const field of document.querySelectorAll("[data-search]")) searchedField(field);

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

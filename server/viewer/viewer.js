// The page: asks the server of this address, and shows what it answers. Paths are relative to the page's, which a
// proxy may have put under a prefix.

import { Overlay } from "./overlay.js";
import { answerOf, ending, percent, summary, typeOf } from "./words.js";

const find = (id) => document.getElementById(id);
const overlay = new Overlay(find("video"), find("overlay"), find("strip"));
let last = null;
let under = new AbortController();

async function start() {
  const { models } = await answerOf(await fetch("v1/models"));
  for (const model of models) find("model").add(new Option(model.name, model.name, model.default, model.default));
  const samples = await answerOf(await fetch("viewer/samples.json"));
  if (!models.some((model) => model.name === samples.model)) return;
  for (const clip of samples.clips) {
    const button = document.createElement("button");
    button.textContent = clip.label;
    button.onclick = () => {
      find("model").value = samples.model;
      ask(async (signal) => {
        const response = await fetch(`viewer/${clip.file}`, { signal });
        if (!response.ok) throw new Error(`The sample is not here: ${response.status}`);
        return response.blob();
      });
    };
    find("samples").append(button);
  }
  find("samples").hidden = false;
}

/** Post what ``read`` gives. A question that is still under way is given up. */
async function ask(read) {
  under.abort();
  under = new AbortController();
  const { signal } = under;
  last = read;
  say("Working …");
  try {
    const file = await read(signal);
    const answer = await post(file, signal);
    if (!signal.aborted) show(answer, file);
  } catch (error) {
    if (!signal.aborted) say(error.message, true);
  }
}

async function post(file, signal) {
  const query = new URLSearchParams({ explain: "true" });
  if (find("model").value) query.set("model", find("model").value);
  if (find("share").value) query.set("compute_share", find("share").value);
  const headers = { "Content-Type": typeOf(file) };
  return answerOf(await fetch(`v1/videos:classify?${query}`, { method: "POST", body: file, headers, signal }));
}

function say(text, wrong = false) {
  find("status").textContent = text;
  find("status").className = wrong ? "wrong" : "";
  if (wrong) for (const id of ["answer", "raw", "notice"]) find(id).hidden = true;
}

function show(answer, file) {
  const { model, predictions, compute, timing_ms: timing } = answer;
  say(summary(answer));
  find("notice").textContent = model.notice ?? "";
  find("notice").hidden = !model.notice;
  find("answer").hidden = find("raw").hidden = false;
  rows(find("labels"), predictions.map((found) => [found.label, found.score, percent(found.score)]), 1);
  const parts = [
    ["run for this video", compute.gflops],
    ["nominal", compute.gflops_nominal],
    ["the whole plan", compute.gflops_full],
    ["dense, whole frames", compute.gflops_dense],
  ];
  const most = Math.max(...parts.map(([, value]) => value));
  rows(find("compute"), parts.map(([name, value]) => [name, value, value.toPrecision(3)]), most);
  find("exit").textContent = ending(compute);
  const stages = Object.entries(timing);
  rows(find("latency"), stages.map(([name, value]) => [name, value, value.toFixed(1)]), timing.total);
  find("raw").querySelector("pre").textContent = JSON.stringify(answer, null, 2);
  overlay.show(answer);
  play(file);
}

function play(file) {
  const video = find("video");
  playable(true);
  URL.revokeObjectURL(video.src);
  video.src = URL.createObjectURL(file);
  // Where the browser lets nothing play by itself, its controls are there.
  video.play().catch(() => {});
}

function playable(yes) {
  overlay.still = !yes;
  find("video").hidden = !yes;
  find("unplayable").hidden = yes;
}

/** Fill a table with a name, a bar and a number a row. */
function rows(table, values, most) {
  table.replaceChildren(
    ...values.map(([name, value, text]) => {
      const row = document.createElement("tr");
      const head = document.createElement("th");
      head.scope = "row";
      head.textContent = name;
      const bar = document.createElement("meter");
      bar.max = most;
      bar.value = value;
      const cell = document.createElement("td");
      cell.append(bar);
      const number = document.createElement("td");
      number.className = "number";
      number.textContent = text;
      row.append(head, cell, number);
      return row;
    }),
  );
}

const given = (files) => files.length && ask(async () => files[0]);
find("file").onchange = ({ target }) => given([...target.files]);
// The same file may be chosen again.
find("file").onclick = ({ target }) => (target.value = "");
find("model").onchange = find("share").onchange = () => last && ask(last);
find("video").onerror = () => playable(false);
// A file whose sound alone can be played is no error.
find("video").onloadedmetadata = ({ target }) => playable(target.videoWidth > 0);
const drop = find("drop");
for (const kind of ["dragover", "dragleave", "drop"]) {
  window.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", kind === "dragover");
    if (kind === "drop") given([...event.dataTransfer.files]);
  });
}
start().catch((error) => say(`The server does not answer: ${error.message}`, true));

// The page: asks the server of this address, and shows what it answers.

import { Overlay } from "/page/overlay.js";

const find = (id) => document.getElementById(id);
const overlay = new Overlay(find("video"), find("overlay"), find("strip"));
let asked = 0;

async function start() {
  const response = await fetch("/v1/models");
  const { models } = await response.json();
  for (const model of models) find("model").add(new Option(model.name, model.name, model.default, model.default));
  const samples = await (await fetch("/page/samples.json")).json();
  if (!models.some((model) => model.name === samples.model)) return;
  for (const clip of samples.clips) {
    const button = document.createElement("button");
    button.textContent = clip.label;
    button.onclick = async () => {
      find("model").value = samples.model;
      ask(await (await fetch(`/page/${clip.file}`)).blob());
    };
    find("samples").append(button);
  }
  find("samples").hidden = false;
}

async function ask(file) {
  const turn = ++asked;
  const query = new URLSearchParams({ model: find("model").value, explain: "true" });
  if (find("share").value) query.set("compute_share", find("share").value);
  say("Working …");
  let answer;
  try {
    const type = file.type || "application/octet-stream";
    const response = await fetch(`/v1/videos:classify?${query}`, {
      method: "POST",
      body: file,
      headers: { "Content-Type": type },
    });
    answer = await response.json();
    if (!response.ok) throw new Error(`${answer.title}: ${answer.detail}`);
  } catch (error) {
    if (turn === asked) say(error.message, true);
    return;
  }
  // A later question may have been answered first.
  if (turn === asked) show(answer, file);
}

function say(text, wrong = false) {
  find("status").textContent = text;
  find("status").className = wrong ? "wrong" : "";
  if (wrong) for (const id of ["answer", "raw", "notice"]) find(id).hidden = true;
}

function show(answer, file) {
  const { model, predictions, compute, timing_ms: timing, video } = answer;
  say(
    `${video.codec}, ${video.width} × ${video.height}, ${video.frames} frames, of which ${compute.frames_glanced} ` +
      `were glanced at and ${compute.patches_focused} focused on. ${model.name} ${model.version} on ${model.device}.`,
  );
  find("notice").textContent = model.notice ?? "";
  find("notice").hidden = !model.notice;
  playable(true);
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
  find("exit").textContent = left(compute);
  const stages = Object.entries(timing);
  rows(find("latency"), stages.map(([name, value]) => [name, value, value.toFixed(1)]), timing.total);
  find("raw").querySelector("pre").textContent = JSON.stringify(answer, null, 2);
  overlay.show(answer);
  play(file);
}

function left({ exit, answers, degraded, saving_of_full: saved }) {
  const why = { complete: "The whole plan was run", confidence: "It was sure enough", budget: "The budget was spent" };
  const busy = degraded ? ", less than asked for: the server is busy" : "";
  return `${why[exit]} after answer ${answers}${busy}; ${percent(saved)} of the plan's compute was saved.`;
}

function playable(yes) {
  find("screen").hidden = !yes;
  find("unplayable").hidden = yes;
}

function play(file) {
  const video = find("video");
  URL.revokeObjectURL(video.src);
  video.src = URL.createObjectURL(file);
  video.play().catch(() => {});
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

const percent = (share) => `${(100 * share).toFixed(1)} %`;

find("file").onchange = ({ target }) => target.files.length && ask(target.files[0]);
find("video").onerror = () => playable(false);
const drop = find("drop");
for (const kind of ["dragover", "dragleave", "drop"]) {
  window.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", kind === "dragover");
    if (kind === "drop" && event.dataTransfer.files.length) ask(event.dataTransfer.files[0]);
  });
}
start().catch((error) => say(`The server does not answer: ${error.message}`, true));

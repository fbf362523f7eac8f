// What the page says of an answer.

export const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** One line about the video, and who answered. */
export function summary({ model, compute, video }) {
  const seen = `${compute.frames_glanced} glances, ${compute.patches_focused} patches`;
  const size = `${video.codec}, ${video.width} × ${video.height}, frames: ${video.frames}`;
  return `${size}; ${seen}. ${model.name} ${model.version} on ${model.device}.`;
}

/** Why the video ended where it did. */
export function ending({ exit, answers, degraded, saving_of_full: saved }) {
  const why = { complete: "The whole plan was run", confidence: "It was sure enough", budget: "The budget was spent" };
  const busy = degraded ? ", less than asked for: the server is busy" : "";
  return `${why[exit]} after answer ${answers}${busy}; ${percent(saved)} of the plan's compute was saved.`;
}

/** A response's JSON. What is none, as a proxy's page, or a problem, is thrown as a line of text. */
export async function answerOf(response) {
  let body;
  try {
    body = await response.json();
  } catch {
    throw new Error(`The answer is no JSON: ${response.status} ${response.statusText}`.trim());
  }
  if (!response.ok) throw new Error(`${body.title ?? response.status}: ${body.detail ?? response.statusText}`);
  return body;
}

/** The type to post a file as: browsers have odd ideas of some, and the server looks at the bytes. */
export const typeOf = (file) => (/^(video\/.+|image\/gif)$/.test(file.type) ? file.type : "application/octet-stream");

// The patches of an answer, drawn over the video they are of.

const FOCUSED = "#ff7a2f";
const LEFT = "rgba(255, 255, 255, 0.55)";

/** A box in shares of the coded frame, as shares of the frame that stands upright. */
export function upright(box, video) {
  const [u, v] = [box.x / video.width, box.y / video.height];
  const [w, h] = [box.width / video.width, box.height / video.height];
  switch (((video.rotation % 360) + 360) % 360) {
    case 90:
      return { x: v, y: 1 - u - w, width: h, height: w };
    case 180:
      return { x: 1 - u - w, y: 1 - v - h, width: w, height: h };
    case 270:
      return { x: 1 - v - h, y: u, width: h, height: w };
    default:
      return { x: u, y: v, width: w, height: h };
  }
}

/** The patches of the frame that was looked at last, at some time of the video. */
export function patchesAt(patches, time) {
  const past = patches.filter((patch) => patch.time_s <= time + 1e-3);
  if (past.length === 0) return [];
  const latest = Math.max(...past.map((patch) => patch.time_s));
  return past.filter((patch) => patch.time_s === latest);
}

/** Draws over a video for as long as it plays, and moves the hand of the strip below. */
export class Overlay {
  constructor(video, canvas, strip) {
    this.video = video;
    this.canvas = canvas;
    this.strip = strip;
    this.answer = null;
    const draw = () => {
      this.draw();
      requestAnimationFrame(draw);
    };
    requestAnimationFrame(draw);
  }

  show(answer) {
    this.answer = answer;
    this.length = answer.video.duration_s || Math.max(...answer.patches.map((patch) => patch.time_s), 1e-3);
    this.hand = document.createElement("b");
    const marks = answer.patches.map((patch) => {
      const mark = document.createElement("i");
      mark.className = patch.focused ? "focused" : "";
      mark.style.left = `${(100 * patch.time_s) / this.length}%`;
      mark.title = `frame ${patch.frame}, ${patch.time_s} s`;
      return mark;
    });
    this.strip.replaceChildren(...marks, this.hand);
  }

  draw() {
    if (this.answer === null) return;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const dots = window.devicePixelRatio || 1;
    this.canvas.width = width * dots;
    this.canvas.height = height * dots;
    this.hand.style.left = `${Math.min(100, (100 * this.video.currentTime) / this.length)}%`;
    const pen = this.canvas.getContext("2d");
    pen.scale(dots, dots);
    for (const patch of patchesAt(this.answer.patches, this.video.currentTime)) {
      const box = upright(patch.box, this.answer.video);
      pen.strokeStyle = patch.focused ? FOCUSED : LEFT;
      pen.lineWidth = patch.focused ? 3 : 2;
      pen.setLineDash(patch.focused ? [] : [6, 5]);
      const frame = pictureOf(this.video, width, height);
      pen.strokeRect(
        frame.x + box.x * frame.width,
        frame.y + box.y * frame.height,
        box.width * frame.width,
        box.height * frame.height,
      );
    }
  }
}

/** Where the picture lies within its element, which may leave bars beside it. */
function pictureOf(video, width, height) {
  const ratio = video.videoWidth / video.videoHeight || width / height;
  const wide = Math.min(width, height * ratio);
  return { x: (width - wide) / 2, y: (height - wide / ratio) / 2, width: wide, height: wide / ratio };
}

// The patches of an answer, drawn over the video they are of.

const FOCUSED = "#ff7a2f";
const LEFT = "rgba(255, 255, 255, 0.55)";

/** A box in pixels of the coded frame, as shares of the frame that stands upright. */
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

/** Width over height of the frame that stands upright, its pixels as wide as they are shown. */
export function shapeOf(video) {
  const ratio = (video.width * (video.pixel_aspect ?? 1)) / video.height;
  return video.rotation % 180 === 0 ? ratio : 1 / ratio;
}

/** The patches of the frame that was looked at last, at some time of the video. */
export function patchesAt(patches, time) {
  const past = patches.filter((patch) => patch.time_s <= time + 1e-3);
  if (past.length === 0) return [];
  const latest = Math.max(...past.map((patch) => patch.time_s));
  return past.filter((patch) => patch.time_s === latest);
}

/** Where a picture of some shape lies in the middle of an element, which may leave bars beside it. */
export function pictureIn(width, height, shape) {
  const wide = Math.min(width, height * shape);
  return { x: (width - wide) / 2, y: (height - wide / shape) / 2, width: wide, height: wide / shape };
}

/**
 * Draws over a video for as long as it plays, and moves the hand of the strip below.
 *
 * Where the browser cannot show the video (``still``), all its patches are drawn on an empty frame.
 */
export class Overlay {
  constructor(video, canvas, strip) {
    this.video = video;
    this.canvas = canvas;
    this.strip = strip;
    this.answer = null;
    this.still = false;
    const draw = () => {
      requestAnimationFrame(draw);
      this.draw();
    };
    requestAnimationFrame(draw);
  }

  show(answer) {
    this.patches = answer.patches ?? [];
    this.shape = shapeOf(answer.video);
    this.length = answer.video.duration_s || Math.max(1e-3, ...this.patches.map((patch) => patch.time_s));
    this.hand = document.createElement("b");
    const marks = this.patches.map((patch) => {
      const mark = document.createElement("i");
      mark.className = patch.focused ? "focused" : "";
      mark.style.left = `${(100 * patch.time_s) / this.length}%`;
      mark.title = `frame ${patch.frame}, ${patch.time_s} s`;
      return mark;
    });
    this.strip.replaceChildren(...marks, this.hand);
    this.answer = answer;
  }

  draw() {
    if (this.answer === null) return;
    const screen = this.canvas.parentElement;
    screen.style.aspectRatio = this.still ? `${this.shape}` : "";
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const dots = window.devicePixelRatio || 1;
    this.canvas.width = width * dots;
    this.canvas.height = height * dots;
    const time = this.still ? 0 : this.video.currentTime;
    this.hand.style.left = `${Math.min(100, (100 * time) / this.length)}%`;
    const pen = this.canvas.getContext("2d");
    pen.scale(dots, dots);
    const shape = this.still ? this.shape : this.video.videoWidth / this.video.videoHeight || this.shape;
    const picture = pictureIn(width, height, shape);
    for (const patch of this.still ? this.patches : patchesAt(this.patches, time)) {
      const box = upright(patch.box, this.answer.video);
      pen.strokeStyle = patch.focused ? FOCUSED : LEFT;
      pen.lineWidth = patch.focused ? 3 : 2;
      pen.setLineDash(patch.focused ? [] : [6, 5]);
      pen.strokeRect(
        picture.x + box.x * picture.width,
        picture.y + box.y * picture.height,
        box.width * picture.width,
        box.height * picture.height,
      );
    }
  }
}

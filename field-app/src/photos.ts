// Photos are drawn anew before they are kept: smaller, without what the camera wrote into the file, faces and plates covered.
export type Box = { x: number; y: number; width: number; height: number }; // parts of the picture, 0 to 1

const QUALITY = 0.82;
const BLOCKS = 12; // how many squares remain across a covered part: no face can be told from them

export function scaled(width: number, height: number, longest: number): { width: number; height: number } {
  const factor = Math.min(1, longest / Math.max(width, height));
  return { width: Math.round(width * factor), height: Math.round(height * factor) };
}

export function draw(canvas: HTMLCanvasElement, picture: ImageBitmap, longest: number, boxes: readonly Box[]): void {
  Object.assign(canvas, scaled(picture.width, picture.height, longest));
  const brush = canvas.getContext("2d")!;
  brush.drawImage(picture, 0, 0, canvas.width, canvas.height);
  for (const box of boxes) cover(canvas, brush, box);
}

function cover(canvas: HTMLCanvasElement, brush: CanvasRenderingContext2D, box: Box): void {
  const [x, y] = [box.x * canvas.width, box.y * canvas.height];
  const [width, height] = [Math.max(1, box.width * canvas.width), Math.max(1, box.height * canvas.height)];
  const small = new OffscreenCanvas(BLOCKS, Math.max(1, Math.round((BLOCKS * height) / width)));
  const pen = small.getContext("2d")!;
  pen.imageSmoothingQuality = "high"; // each square is the mean of what it covers, not one point of it
  pen.drawImage(canvas, x, y, width, height, 0, 0, small.width, small.height);
  brush.imageSmoothingEnabled = false;
  brush.drawImage(small, 0, 0, small.width, small.height, x, y, width, height);
  brush.imageSmoothingEnabled = true;
}

export function jpeg(canvas: HTMLCanvasElement): Promise<File> {
  return new Promise((done, failed) => {
    const take = (blob: Blob | null) =>
      blob ? done(new File([blob], `${crypto.randomUUID()}.jpg`, { type: "image/jpeg" })) : failed(new Error("no picture"));
    canvas.toBlob(take, "image/jpeg", QUALITY);
  });
}

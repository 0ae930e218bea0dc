// Photos chosen in <input type="file" data-blur>: scaled to 1600 px, and covers drawn by the person are burnt in
// before anything leaves the device. No face is looked for. Without scripts the file goes as it is.

const LONGEST = 1600;

async function scaled(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const share = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * share);
  canvas.height = Math.round(picture.height * share);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas;
}

// Coarse blocks instead of a soft blur: nothing can be computed back.
function cover(canvas, box) {
  const context = canvas.getContext("2d");
  const small = document.createElement("canvas");
  small.width = 5;
  small.height = 5;
  small.getContext("2d").drawImage(canvas, box.x, box.y, box.width, box.height, 0, 0, 5, 5);
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, 5, 5, box.x, box.y, box.width, box.height);
  context.imageSmoothingEnabled = true;
}

function outline(context, box, width) {
  context.lineWidth = width * 3;
  context.strokeStyle = getComputedStyle(document.documentElement).getPropertyValue("--dai");
  context.strokeRect(box.x, box.y, box.width, box.height);
  context.lineWidth = width;
  context.strokeStyle = "white";
  context.strokeRect(box.x, box.y, box.width, box.height);
}

function desk(input) {
  const place = document.createElement("div");
  place.className = "blur-desk";
  place.setAttribute("role", "group");
  input.after(place);
  return place;
}

function photoDesk(canvas, words, changed) {
  const view = document.createElement("canvas");
  view.width = canvas.width;
  view.height = canvas.height;
  const context = view.getContext("2d");
  const boxes = [];
  let from = null;
  const told = document.createElement("p");
  told.className = "note";
  told.setAttribute("role", "status");
  const undo = document.createElement("button");
  undo.type = "button";
  undo.className = "btn btn-sm";
  undo.textContent = words.undo;

  const burnt = () => {
    const result = document.createElement("canvas");
    result.width = canvas.width;
    result.height = canvas.height;
    result.getContext("2d").drawImage(canvas, 0, 0);
    for (const box of boxes) cover(result, box);
    return result;
  };
  const paint = (extra) => {
    context.drawImage(burnt(), 0, 0);
    for (const box of extra ? [...boxes, extra] : boxes) outline(context, box, canvas.width / 400);
    told.textContent = words.count.replace("0", boxes.length);
    undo.disabled = boxes.length === 0;
  };
  const point = (event) => {
    const frame = view.getBoundingClientRect();
    return {
      x: ((event.clientX - frame.left) / frame.width) * view.width,
      y: ((event.clientY - frame.top) / frame.height) * view.height,
    };
  };
  const between = (a, b) => ({
    x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), width: Math.abs(a.x - b.x), height: Math.abs(a.y - b.y),
  });
  view.addEventListener("pointerdown", (event) => { from = point(event); view.setPointerCapture(event.pointerId); });
  view.addEventListener("pointermove", (event) => { if (from) paint(between(from, point(event))); });
  view.addEventListener("pointerup", (event) => {
    if (!from) return;
    const box = between(from, point(event));
    from = null;
    if (box.width > 8 && box.height > 8) boxes.push(box);
    paint();
    changed();
  });
  undo.addEventListener("click", () => { boxes.pop(); paint(); changed(); });
  paint();
  return { parts: [view, told, undo], burnt };
}

function startInput(input) {
  if (input.dataset.blurReady) return;
  input.dataset.blurReady = "1";
  const words = {
    undo: input.dataset.blurUndo ?? "去掉上一处遮挡",
    count: input.dataset.blurCount ?? "已遮挡 0 处。在照片上拖动，遮住人脸",
  };
  const place = desk(input);
  input.addEventListener("change", async () => {
    const originals = [...input.files].filter((file) => file.type.startsWith("image/"));
    if (originals.length === 0 || input.dataset.blurring) return;
    place.replaceChildren();
    const made = [];
    const hand = async () => {
      const chosen = new DataTransfer();
      for (const one of made) {
        const blob = await new Promise((done) => one.burnt().toBlob(done, "image/jpeg", 0.86));
        chosen.items.add(new File([blob], one.name, { type: "image/jpeg", lastModified: one.taken }));
      }
      input.files = chosen.files;
    };
    for (const file of originals) {
      const photo = photoDesk(await scaled(file), words, hand);
      made.push({ ...photo, name: file.name.replace(/\.\w+$/, ".jpg"), taken: file.lastModified });
      place.append(...photo.parts);
    }
    await hand();
  });
}

export function startPhotos(root) {
  for (const input of root.querySelectorAll("input[type=file][data-blur]")) startInput(input);
}

// Pictures of the user, as data URLs.

import {element} from "./view.js";

/**
 * Pictures with more pixels or bytes are reduced before they are sent: each request holds all of the conversation, and
 * models read pictures of far fewer pixels.
 */
const LARGE = {pixels: 1e6, bytes: 1e6};

/** Reads a file as a data URL. Reduces a large picture. */
export async function readPicture(file) {
  if (!file.type.startsWith("image/")) throw new Error(`${file.name || "The file"} is not a picture.`);
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Error(`${file.name || "The picture"} cannot be read.`);
  }
  const pixels = bitmap.width * bitmap.height;
  const plain = /^image\/(png|jpeg|gif|webp|bmp)$/.test(file.type);
  if (plain && file.size <= LARGE.bytes && pixels <= LARGE.pixels) return dataUrl(file);
  const scale = Math.min(1, Math.sqrt(LARGE.pixels / pixels));
  const canvas = element("canvas");
  canvas.width = Math.max(1, Math.floor(bitmap.width * scale));
  canvas.height = Math.max(1, Math.floor(bitmap.height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff"; // JPEG has no transparency: black otherwise
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/jpeg", 0.92);
}

function dataUrl(blob) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(blob);
  });
}

/** Returns the content of a data URL in base64. */
export function blobOf(url) {
  const [, type, data] = /^data:([^;]*);base64,(.*)$/s.exec(url);
  return new Blob([Uint8Array.from(atob(data), c => c.charCodeAt(0))], {type});
}

const counted = new WeakMap();

/** Returns the number of pixels of a part of a turn. One that cannot be read counts as none: the server rejects it. */
export async function pixelsOf(part) {
  if (!part.image) return 0;
  if (!counted.has(part)) {
    const image = new Image();
    image.src = part.image;
    counted.set(part, await image.decode().then(() => image.naturalWidth * image.naturalHeight, () => 0));
  }
  return counted.get(part);
}

/** @typedef {{ size: number, png: Buffer }} Picture a square PNG of `size` pixels */

/**
 * A Windows icon out of PNGs of up to 256 pixels. https://learn.microsoft.com/previous-versions/ms997538(v=msdn.10)
 * @param {Picture[]} pictures
 */
export function ico(pictures) {
  const header = Buffer.alloc(6 + 16 * pictures.length)
  header.writeUInt16LE(1, 2)
  header.writeUInt16LE(pictures.length, 4)
  let offset = header.length
  pictures.forEach(({ size, png }, index) => {
    const at = 6 + 16 * index
    header.writeUInt8(size === 256 ? 0 : size, at)
    header.writeUInt8(size === 256 ? 0 : size, at + 1)
    header.writeUInt16LE(1, at + 4) // colour planes
    header.writeUInt16LE(32, at + 6) // bits per pixel
    header.writeUInt32LE(png.length, at + 8)
    header.writeUInt32LE(offset, at + 12)
    offset += png.length
  })
  return Buffer.concat([header, ...pictures.map(({ png }) => png)])
}

/** What macOS calls a PNG of each size: plain, and as the double of half the size. @type {Record<number, string[]>} */
const icnsTypes = {
  32: ['ic11'],
  64: ['ic12'],
  128: ['ic07'],
  256: ['ic08', 'ic13'],
  512: ['ic09', 'ic14'],
  1024: ['ic10'],
}

/**
 * A macOS icon out of PNGs. https://en.wikipedia.org/wiki/Apple_Icon_Image_format
 * @param {Picture[]} pictures
 */
export function icns(pictures) {
  const blocks = pictures.flatMap(({ size, png }) => (icnsTypes[size] ?? []).map((type) => block(type, png)))
  return block('icns', Buffer.concat(blocks))
}

/** @param {string} type four letters @param {Buffer} content */
function block(type, content) {
  const header = Buffer.alloc(8)
  header.write(type, 'latin1')
  header.writeUInt32BE(8 + content.length, 4)
  return Buffer.concat([header, content])
}

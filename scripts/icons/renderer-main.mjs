// Runs inside Electron: reads jobs as JSON on stdin, [{ svg, size }], and answers with PNGs as base64 on stdout.
import { text } from 'node:stream/consumers'
import { app, BrowserWindow } from 'electron'

/** In the page: draws a picture of any size without the screen's scale getting into it. */
const draw = `async (svg, size) => {
  const image = new Image()
  image.src = 'data:image/svg+xml;charset=utf-8,' + encodeURIComponent(svg)
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = size
  canvas.getContext('2d').drawImage(image, 0, 0, size, size)
  return canvas.toDataURL('image/png').split(',')[1]
}`

async function drawAll() {
  const window = new BrowserWindow({ show: false, webPreferences: { sandbox: true } })
  await window.loadURL('data:text/html,<meta charset="utf-8">')
  const pictures = []
  for (const { svg, size } of JSON.parse(await text(process.stdin))) {
    pictures.push(await window.webContents.executeJavaScript(`(${draw})(${JSON.stringify(svg)}, ${size})`))
  }
  process.stdout.write(`PICTURES ${JSON.stringify(pictures)}\n`, () => app.exit(0))
}

app.disableHardwareAcceleration()
// Not awaited here: Electron is ready only after this module has run.
app
  .whenReady()
  .then(drawAll)
  .catch((cause) => {
    console.error(cause)
    app.exit(1)
  })

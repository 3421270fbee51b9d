import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchApp, type RunningApp } from '../helpers/app.ts'
import { makeTestFolder, type TestFolder } from '../helpers/driad-process.ts'

// Each test holds items of Electron's security checklist; docs/security.md says which. What a page could do that somebody else
// had written into the window is tried from inside of it.
describe('the window of the real app', () => {
  let folder: TestFolder
  let app: RunningApp
  let server: Server
  const requests: string[] = []
  let address: string

  beforeAll(async () => {
    server = createServer((request, response) => {
      requests.push(request.url ?? '')
      response.end('<h1>Elsewhere</h1>')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    folder = makeTestFolder()
    app = await launchApp({ dataDir: folder.dataDir('app'), network: 'main' })
    await app.page.getByRole('heading', { level: 1 }).waitFor()
  })
  afterAll(async () => {
    await app[Symbol.asyncDispose]()
    folder[Symbol.dispose]()
    server.close()
  })

  it('is isolated, sandboxed, and has nothing of Node.js or Electron', async () => {
    const preferences = await app.electron.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents
      // Not in the types, and what the checklist is about.
      return (
        contents as unknown as { getLastWebPreferences(): Record<string, unknown> }
      ).getLastWebPreferences()
    })
    expect(preferences).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
    })
    expect(preferences['enableBlinkFeatures'] ?? '').toBe('')
    const reached = await app.page.evaluate(() => ({
      globals: ['require', 'process', 'Buffer', 'module', 'global'].filter((name) => name in window),
      bridge: Object.keys((window as unknown as { driad: object }).driad).sort(),
    }))
    expect(reached).toEqual({ globals: [], bridge: ['onMessage', 'pathOfFile', 'send'] })
  })

  it('shows our own page alone, over a protocol of its own, under a strict content security policy', async () => {
    const { origin, policy } = await app.page.evaluate(async () => {
      // A page may read itself: what it fetches is decided by connect-src, which says nothing at all here.
      const frame = await new Promise<string>((resolve) => {
        document.addEventListener(
          'securitypolicyviolation',
          ({ originalPolicy }) => resolve(originalPolicy),
          { once: true },
        )
        fetch('/index.html').catch(() => undefined)
      })
      return { origin: location.origin, policy: frame }
    })
    expect(origin).toBe('app://driad')
    for (const rule of [
      "default-src 'none'",
      "script-src 'self'",
      "connect-src 'none'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'none'",
    ])
      expect(policy).toContain(rule)
    expect(policy).not.toMatch(/unsafe-eval|script-src[^;]*unsafe-inline/)
  })

  it('lets nothing out: no request, no script, no frame, no form, no evaluation', async () => {
    const outcomes = await app.page.evaluate(async (elsewhere) => {
      const violations: string[] = []
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) =>
        violations.push(effectiveDirective),
      )
      const add = (tag: string, attributes: Record<string, string>) => {
        const element = document.createElement(tag)
        for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
        document.body.append(element)
        return element
      }
      await fetch(`${elsewhere}/fetch`).catch(() => undefined)
      add('img', { src: `${elsewhere}/img` })
      add('script', { src: `${elsewhere}/script.js` })
      add('iframe', { src: `${elsewhere}/frame` })
      add('object', { data: `${elsewhere}/object` })
      add('script', {}).textContent = 'window.inlineRan = true'
      await new Promise((resolve) => setTimeout(resolve, 500))
      // Not before that wait: what the test itself evaluates is exempt.
      let evaluated = false
      try {
        // What is tried here is just that.
        // oxlint-disable-next-line no-implied-eval
        evaluated = new Function('return true')() === true
      } catch {}
      await new Promise((resolve) => setTimeout(resolve, 100))
      const inlineRan = 'inlineRan' in window
      return { violations: [...new Set(violations)].sort(), evaluated, inlineRan }
    }, address)
    expect(outcomes).toEqual({
      violations: ['connect-src', 'frame-src', 'img-src', 'object-src', 'script-src', 'script-src-elem'],
      evaluated: false,
      inlineRan: false,
    })
    expect(requests).toEqual([])
  })

  it('gets no permission', async () => {
    const states = await app.page.evaluate(async () => {
      const ask = async (name: string) =>
        (await navigator.permissions.query({ name: name as PermissionName })).state
      const camera = await navigator.mediaDevices
        ?.getUserMedia({ video: true })
        .then(() => 'given')
        .catch(() => 'refused')
      return {
        geolocation: await ask('geolocation'),
        notifications: await ask('notifications'),
        camera: camera ?? 'refused',
      }
    })
    expect(states).toEqual({ geolocation: 'denied', notifications: 'denied', camera: 'refused' })
  })

  it('answers to no other page over its channel, and opens no link that could start a program', async () => {
    const answers = await app.electron.evaluate(async ({ app: program, BrowserWindow, session }) => {
      const preload = `${program.getAppPath()}/out/preload/index.cjs`
      const stranger = new BrowserWindow({
        show: false,
        webPreferences: { preload, sandbox: true, contextIsolation: true, session: session.defaultSession },
      })
      await stranger.loadURL('app://driad/index.html').catch(() => undefined)
      const heard = await stranger.webContents.executeJavaScript(`new Promise((resolve) => {
        window.driad.onMessage((message) => resolve(message))
        window.driad.send({ id: 1, type: 'query', path: 'settings.get', input: undefined })
        setTimeout(() => resolve('silence'), 1500)
      })`)
      stranger.destroy()
      return heard
    })
    expect(answers).toBe('silence')

    const refusal = await app.page.evaluate(
      () =>
        new Promise((resolve) => {
          const { driad } = window as unknown as {
            driad: { send(message: unknown): void; onMessage(listener: (message: unknown) => void): void }
          }
          driad.onMessage((message) => {
            if ((message as { id?: number }).id === 999_999) resolve(JSON.stringify(message))
          })
          driad.send({
            id: 999_999,
            type: 'mutation',
            path: 'app.openLink',
            input: { url: 'file:///etc/passwd' },
          })
        }),
    )
    expect(refusal).toMatch(/error/i)
    expect(refusal).not.toMatch(/"result"/)
  })

  // The last one: Playwright waits for the navigation that was refused.
  it('goes nowhere and opens nothing', async () => {
    const place = () =>
      app.electron.evaluate(async ({ BrowserWindow }) => {
        const all = BrowserWindow.getAllWindows()
        const contents = all[0]?.webContents
        const title = await contents?.executeJavaScript("document.querySelector('h1')?.textContent")
        return { windows: all.length, url: contents?.getURL(), title }
      })
    const before = await place()
    const opened = await app.page.evaluate((elsewhere) => {
      const other = window.open(`${elsewhere}/window`)
      const link = document.createElement('a')
      link.href = `${elsewhere}/link`
      document.body.append(link)
      link.click()
      link.target = '_blank'
      link.click()
      location.assign(`${elsewhere}/assign`)
      return other === null
    }, address)
    expect(opened).toBe(true)
    expect(await place()).toEqual(before)
    expect(requests).toEqual([])
  })
})

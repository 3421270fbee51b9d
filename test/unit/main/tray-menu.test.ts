import type { MenuItemConstructorOptions } from 'electron'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { speak } from '../../../src/locales/translate.ts'
import { type TrayActions, type TrayState, trayMenu } from '../../../src/main/tray-menu.ts'

const actions = () =>
  ({
    show: vi.fn(),
    join: vi.fn(),
    leave: vi.fn(),
    pause: vi.fn(),
    resume: vi.fn(),
    serveUntil: vi.fn(),
    beQuiet: vi.fn(),
    quit: vi.fn(),
  }) satisfies TrayActions

const state = (change: Partial<TrayState>): TrayState => ({
  phase: 'online',
  running: 0,
  guest: { quiet: false, unknown: [] },
  ...change,
})

const labels = (menu: readonly MenuItemConstructorOptions[]) => menu.flatMap(({ label }) => label ?? [])

/** Clicks an item, of a submenu, too. */
function click(menu: readonly MenuItemConstructorOptions[], label: string): void {
  const items = menu.flatMap((item) => [item, ...((item.submenu as MenuItemConstructorOptions[]) ?? [])])
  const found = items.find((item) => item.label === label)
  if (found?.click === undefined) throw new Error(`There is nothing to click called ${label}`)
  ;(found.click as () => void)()
}

describe('the menu of the tray', () => {
  it('pauses for as long as one likes', () => {
    const spies = actions()
    const menu = trayMenu(state({}), spies)
    expect(labels(menu)).toEqual([
      'Online, waiting',
      'Pause',
      'Leave',
      'Quiet mode',
      'Open Driad',
      'Quit and stop earning',
    ])
    click(menu, 'Until I resume')
    click(menu, 'For an hour')
    click(menu, 'Until tomorrow')
    const [[open], [hour], [tomorrow]] = spies.pause.mock.calls as [[undefined], [number], [number]]
    expect(open).toBeUndefined()
    expect(Math.abs(hour - Date.now() - 3_600_000)).toBeLessThan(5_000)
    expect(new Date(tomorrow).getHours()).toBe(8)
  })

  it('speaks the language that is spoken when it is made', async () => {
    await speak('de')
    onTestFinished(() => speak('en'))
    expect(labels(trayMenu(state({}), actions()))).toEqual([
      'Online, wartet',
      'Pausieren',
      'Verlassen',
      'Leiser Modus',
      'Driad öffnen',
      'Beenden und nicht mehr verdienen',
    ])
  })

  it('says why the node is paused, and offers what helps: resuming its own pause, or work in spite of the rules', () => {
    const spies = actions()
    const untilMs = new Date().setHours(24, 30, 0, 0)
    const bySchedule = trayMenu(
      state({
        phase: 'paused',
        guest: { pause: { reasons: [{ code: 'schedule' }], untilMs }, quiet: false, unknown: [] },
      }),
      spies,
    )
    expect(labels(bySchedule).slice(0, 4)).toEqual([
      expect.stringMatching(/^Paused until .*00:30$/),
      'Your schedule',
      'Work anyway for an hour',
      'Leave',
    ])
    click(bySchedule, 'Work anyway for an hour')
    expect(spies.serveUntil).toHaveBeenCalledOnce()
    const byHand = trayMenu(
      state({
        phase: 'paused',
        guest: { pause: { reasons: [{ code: 'operator' }] }, quiet: false, unknown: [] },
      }),
      spies,
    )
    expect(labels(byHand).slice(0, 4)).toEqual(['Paused', 'You paused it', 'Resume', 'Leave'])
    const overruled = trayMenu(
      state({
        guest: { overridden: { untilMs, reasons: [{ code: 'schedule' }] }, quiet: false, unknown: [] },
      }),
      spies,
    )
    click(overruled, 'Back to your rules')
    expect(spies.resume).toHaveBeenCalledOnce()
  })

  it('turns quiet mode on and off', () => {
    const spies = actions()
    const menu = trayMenu(state({ guest: { quiet: true, unknown: [] } }), spies)
    expect(menu.find(({ label }) => label === 'Quiet mode')?.checked).toBe(true)
    click(menu, 'Quiet mode')
    expect(spies.beQuiet).toHaveBeenCalledWith(false)
  })
})

import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { SetupError } from './setup-error.mjs'
import { say } from './step.mjs'

/** Whether a window could be shown. Only Linux runs without a display; there these variables name it. */
export function hasDisplay() {
  return process.platform !== 'linux' || Boolean(process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY'])
}

/**
 * What Electron must be told about Chromium's sandbox when it is started from a clone. Packages never turn it off.
 * @param {{ distDir: string }} electron
 * @returns {string[]}
 */
export function sandboxFlags({ distDir }) {
  if (process.platform !== 'linux') return []
  if (process.getuid?.() === 0) {
    say('driad: you are root, where Chromium has no sandbox: good for development, not for daily use')
    return ['--no-sandbox']
  }
  const helper = join(distDir, 'chrome-sandbox')
  if (!mayUseNamespaces() && !isSetuidRoot(helper)) {
    throw new SetupError(
      `this system allows Chromium's sandbox only through its helper. Allow it, then run this again:\n  sudo chown root:root '${helper}' && sudo chmod 4755 '${helper}'`,
    )
  }
  return []
}

/** Ubuntu and hardened kernels forbid user namespaces to ordinary programs. */
function mayUseNamespaces() {
  const setting = (/** @type {string} */ path) =>
    existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined
  return (
    setting('/proc/sys/kernel/unprivileged_userns_clone') !== '0' &&
    setting('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') !== '1' &&
    setting('/proc/sys/user/max_user_namespaces') !== '0'
  )
}

/** @param {string} file */
function isSetuidRoot(file) {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat !== undefined && stat.uid === 0 && (stat.mode & 0o4000) !== 0
}

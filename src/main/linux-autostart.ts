import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** https://specifications.freedesktop.org/autostart-spec/latest */
export function autostartPath(env: NodeJS.ProcessEnv): string {
  const config = env['XDG_CONFIG_HOME']
  return join(
    config === undefined || config === '' ? join(homedir(), '.config') : config,
    'autostart',
    'driad.desktop',
  )
}

export function autostartEntry(executable: string, args: readonly string[]): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Driad',
    'Comment=Executes tasks for others and earns for it',
    `Exec=${[executable, ...args].map(quoteExec).join(' ')}`,
    'Icon=driad-desktop',
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n')
}

/** Removes the entry where there is to be none. */
export function writeAutostart(path: string, entry: string | undefined): void {
  if (entry === undefined) {
    rmSync(path, { force: true })
    return
  }
  mkdirSync(dirname(path), { recursive: true })
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, entry)
  renameSync(draft, path)
}

/** Quoted, and escaped once more as a string of the file. A percent sign would be a field code. */
function quoteExec(text: string): string {
  const quoted = text.replace(/(["`$\\])/g, '\\$1').replaceAll('%', '%%')
  return `"${quoted.replaceAll('\\', '\\\\')}"`
}

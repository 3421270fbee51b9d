import { fileName, type ShotName, shots } from './shots.ts'

/** docs/screenshots/README.md: every picture under its view, dark and light beside each other, large and small. */
export function galleryText(): string {
  const lines = [
    '# Screenshots',
    '',
    'Made by `npm run screenshots`, out of the real app beside real nodes and requesters on one computer: what the pictures say was done was',
    'done. The models that are being downloaded come from a server of our own, as slow as a house’s line; the one that works is the built-in one.',
    'Each view in both themes, at 1280×800 and at 900×600, which is as small as the window gets.',
  ]
  let section = ''
  for (const name of Object.keys(shots) as ShotName[]) {
    const [view, words] = shots[name]
    if (view !== section) lines.push('', `## ${view}`)
    section = view
    lines.push('', words, '', '| dark | light |', '| --- | --- |')
    for (const suffix of ['', '-small']) {
      const size = suffix === '' ? '' : ', at 900×600'
      const cell = (theme: 'dark' | 'light') =>
        `![${words.replace(/\.$/, '')}${size}, ${theme}](${fileName(name, theme, suffix)})`
      lines.push(`| ${cell('dark')} | ${cell('light')} |`)
    }
  }
  return `${lines.join('\n')}\n`
}

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'
import type { Plugin } from 'vite'
import { programTexts } from './scripts/build/program-texts.mjs'

const source = (path: string) => resolve(import.meta.dirname, 'src', path)

/**
 * Stay outside of the bundle: native code that looks for its files beside itself.
 * Everything else is bundled: loading one file instead of a thousand saves half of the time to joined.
 */
const external = ['node-llama-cpp', 'libsql']

// One build serves the pinned Electron and the older one that set-up falls back to, and Node 22+ for the CLI.
const nodeTarget = 'node20.18'
const pageTarget = 'chrome130'
// Packages show whose code is in the bundle.
const license = { fileName: 'licences.md' }

/** The SSDP of UPnP reads its name out of a package.json that is not beside it any more. */
const packageOfSsdp: Plugin = {
  name: 'package-of-ssdp',
  transform(code, id) {
    if (!id.includes('@achingbrain/ssdp/dist/src/ssdp.js')) return null
    const { name, version } = JSON.parse(
      readFileSync(resolve(id.split('?')[0] ?? id, '../../../package.json'), 'utf8'),
    )
    const call = "req('../../package.json')"
    if (!code.includes(call)) this.error(`${id} is not what it was: look again how it finds its name`)
    return { code: code.replace(call, JSON.stringify({ name, version })), map: null }
  },
}

/**
 * V8 keeps a source for as long as it runs, with two bytes a character if one of them is beyond Latin-1. A dozen such
 * characters would double the megabytes of libraries that a node holds.
 */
const oneByteSources: Plugin = {
  name: 'one-byte-sources',
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type === 'chunk') file.code = file.code.replace(/[^\0-\xff]/g, escaped)
    }
  },
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** What a diagnostics bundle may say: see src/node/diagnostics. */
const ownTexts: Plugin = {
  name: 'own-texts',
  generateBundle() {
    const source = JSON.stringify(programTexts(import.meta.dirname))
    this.emitFile({ type: 'asset', fileName: 'program-texts.json', source })
  },
}

export default defineConfig({
  main: {
    plugins: [packageOfSsdp, oneByteSources, ownTexts],
    build: {
      target: nodeTarget,
      license,
      externalizeDeps: false,
      rollupOptions: {
        external: [
          'electron',
          ...external,
          ...external.map((name) => new RegExp(`^${name}/`)),
          /^@node-llama-cpp\//,
        ],
        input: {
          index: source('main/index.ts'),
          driad: source('cli/index.ts'),
          'inference-child': source('inference-child/index.ts'),
          sdk: source('sdk/index.ts'),
        },
        output: {
          format: 'es',
          chunkFileNames: 'chunks/[name]-[hash].js',
          minify: { compress: true, mangle: false, codegen: true },
        },
      },
    },
  },
  preload: {
    build: {
      target: nodeTarget,
      license,
      externalizeDeps: false, // a sandboxed preload can require nothing but electron
      rollupOptions: {
        input: { index: source('preload/index.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: source('renderer'),
    plugins: [react()],
    build: {
      target: pageTarget,
      license,
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0, // the content security policy takes no fonts out of data: addresses
      rollupOptions: { input: { index: source('renderer/index.html') } },
    },
  },
})

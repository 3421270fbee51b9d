import { createHash } from 'node:crypto'
import { createReadStream, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import { publicKeyText } from '../../node/signed/signature.ts'
import { writeRelease } from '../../node/updates/release.ts'
import { DriadError } from '../../protocol/errors.ts'
import { fileWork } from '../file-work.ts'
import type { CommandContext } from '../program.ts'

interface DescribeFlags {
  readonly release: string
  readonly out: string
  readonly key: string
  readonly staging?: string
  readonly json?: boolean
}

/** For those who publish Driad: no help lists them. */
export function addReleaseCommands(program: Command, context: CommandContext): void {
  program
    .command('release', { hidden: true })
    .description('publish versions of the app')
    .command('describe')
    .description(
      'write what the app reads of a new version on the update server, and its signature beside it with .sig',
    )
    .argument('<packages...>', 'the files that are put beside it')
    .requiredOption('--release <version>', 'the version that they hold')
    .requiredOption(
      '--out <file>',
      'its name says channel and system: latest-linux.json, beta.json, latest-mac.json',
    )
    .requiredOption('--key <file>', 'the private key, in PEM')
    .option('--staging <percent>', 'to so many of a hundred computers')
    .action(async (packages: readonly string[], flags: DescribeFlags) => {
      const out = resolve(flags.out)
      const pem = fileWork(() => readFileSync(flags.key, 'utf8'))
      const files = []
      for (const path of packages) files.push(await describeFile(path))
      const percent = flags.staging === undefined ? {} : { stagingPercentage: Number(flags.staging) }
      const release = { version: flags.release, releaseDate: new Date().toISOString(), files, ...percent }
      const { bytes, signature } = writeRelease(release, basename(out), pem)
      fileWork(() => writeFileSync(out, bytes))
      fileWork(() => writeFileSync(`${out}.sig`, `${signature}\n`))
      const publicKey = publicKeyText(pem)
      context
        .output(flags)
        .result(
          { path: out, signature, publicKey, ...release },
          `${out} describes ${flags.release}, signed by ${publicKey}`,
        )
    })
}

async function describeFile(path: string) {
  const hash = createHash('sha512')
  try {
    await pipeline(createReadStream(path), hash)
    return { url: basename(path), sha512: hash.digest('base64'), size: statSync(path).size }
  } catch (cause) {
    throw new DriadError('bad_usage', cause instanceof Error ? cause.message : String(cause), { cause })
  }
}
